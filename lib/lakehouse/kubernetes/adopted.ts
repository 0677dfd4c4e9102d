import type { Construct } from "constructs";
import { Problems } from "../../core/problems";
import type { Residency } from "../../fabric/residency";
import type { KubernetesSite } from "../../fabric/site";
import { LakehouseErrors } from "../errors";
import {
  type Grant,
  type GrantRequest,
  type LakehouseModel,
  resolveLakehouse,
  type ZoneModel,
  type ZoneProps,
} from "../lakehouse";
import { LakehouseBase } from "../lakehouse-base";
import type { CatalogEndpoint } from "../sharing";
import { restEndpoint } from "./context";

/** What is known about a Kubernetes lakehouse that is declared elsewhere. */
export interface KubernetesLakehouseAttributes {
  readonly site: KubernetesSite;
  readonly namePrefix: string;
  /** @default - zones raw, refined and curated without tables */
  readonly zones?: readonly ZoneProps[];
  /** @default Residency.ANYWHERE */
  readonly residency?: Residency;
  /** Bucket of each zone. */
  readonly buckets: Readonly<Record<string, string>>;
  /** Address of its catalogue outside the cluster. @default - none: `catalogEndpoint()` throws */
  readonly catalogUri?: string;
}

/** A Kubernetes lakehouse that is declared elsewhere. Makes no resources. */
export class AdoptedKubernetesLakehouse extends LakehouseBase {
  readonly site: KubernetesSite;
  protected readonly model: LakehouseModel;

  constructor(
    scope: Construct,
    id: string,
    private readonly attributes: KubernetesLakehouseAttributes,
  ) {
    super(scope, id);
    const problems = new Problems(this.node.path);
    this.site = attributes.site;
    this.model = resolveLakehouse(problems, attributes);
    for (const zone of this.model.zones) {
      problems.required(`buckets "${zone.name}"`, attributes.buckets[zone.name], "the bucket of the zone");
    }
    problems.throwIfAny();
  }

  catalogEndpoint(name: string): CatalogEndpoint {
    return restEndpoint(this.node.path, this.requireZone(name).name, this.attributes.catalogUri);
  }

  protected zoneLocation(zone: ZoneModel): string {
    return `s3://${this.attributes.buckets[zone.name]}`;
  }

  protected grant({ identity, zone }: GrantRequest): Grant {
    const problems = new Problems(this.node.path);
    problems.add(LakehouseErrors.GrantNotApplicable, {
      subject: `zone "${zone.name}"`,
      given: `identity "${identity.name}"`,
      allowed: "a lakehouse that is declared in this app: its rights are one file of rules",
    });
    problems.throwIfAny();
    return { resources: [] };
  }
}
