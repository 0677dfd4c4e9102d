import type { IConstruct } from "constructs";

/** A private network of AWS, as rooms that place something in it need it. Strings may be tokens. */
export interface IAwsNetwork extends IConstruct {
  readonly vpcId: string;
  /** IPv4 range of the network. */
  readonly cidrBlock: string;
  /** One subnet per availability zone. The list itself is literal, its length can be relied on. */
  readonly privateSubnetIds: readonly string[];
}
