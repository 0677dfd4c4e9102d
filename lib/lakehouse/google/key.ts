import type { Construct } from "constructs";
import { GoogleKey, type GoogleKeyProps } from "../../core/google-key";

/** The customer-managed key of a lakehouse and the rights of Google's service agents on it; see `GoogleKey`. */
export class GoogleLakehouseKey extends GoogleKey {
  constructor(scope: Construct, id: string, props: Omit<GoogleKeyProps, "purpose">) {
    super(scope, id, { ...props, purpose: "lakehouse" });
  }
}
