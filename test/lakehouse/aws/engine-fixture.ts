import { Construct } from "constructs";
import type { IAwsNetwork } from "../../../lib/network/network";
import { CUSTOMERS, lakehouse, newStack, ORDERS } from "./fixture";

const ZONES = [{ name: "raw" }, { name: "curated", tables: [CUSTOMERS, ORDERS] }];
export const only = (engine: "athena" | "spark" | "warehouse", props = {}) =>
  lakehouse({
    zones: ZONES,
    encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1",
    tableOptimizers: [],
    lakeFormation: false,
    athena: engine === "athena" ? {} : false,
    spark: engine === "spark" ? {} : false,
    ...props,
  });

export function network(subnets = 3): IAwsNetwork {
  const scope = new Construct(newStack(), "net");
  const privateSubnetIds = Array.from({ length: subnets }, (_, index) => `subnet-${index}`);
  return Object.assign(scope, { vpcId: "vpc-1", cidrBlock: "10.0.0.0/16", privateSubnetIds });
}
