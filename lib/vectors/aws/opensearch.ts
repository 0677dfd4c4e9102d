import { OpensearchserverlessAccessPolicy } from "@cdktf/provider-aws/lib/opensearchserverless-access-policy";
import { OpensearchserverlessCollection } from "@cdktf/provider-aws/lib/opensearchserverless-collection";
import { OpensearchserverlessSecurityPolicy } from "@cdktf/provider-aws/lib/opensearchserverless-security-policy";
import { OpensearchserverlessVpcEndpoint } from "@cdktf/provider-aws/lib/opensearchserverless-vpc-endpoint";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { TerraformOutput } from "cdktf";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import type { VectorCollectionModel } from "../collections";
import { openSearchIndex } from "../opensearch-index";
import type { VectorGrant, VectorGrantRequest } from "../vectors";
import { type AwsEngine, type AwsNetworkedEngineProps, sidOf } from "./engine";

/** Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-create.html (read 2026-11-24) */
const NAME_LENGTH = 32;

const READ = ["aoss:DescribeIndex", "aoss:ReadDocument"];
/** Who writes also makes the index: Terraform cannot. */
const WRITE = [...READ, "aoss:CreateIndex", "aoss:UpdateIndex", "aoss:WriteDocument"];

/**
 * A vector search collection of OpenSearch Serverless that is reached from one network only. One index per declared
 * collection: the provider has no resource for indexes, so the bodies are an output, and grants to write include the right
 * to make their index from it, once (`PUT /<collection>`).
 *
 * Makes `aws_opensearchserverless_collection`, `_security_policy` (encryption, network), `_access_policy` (per grant),
 * `_vpc_endpoint`, `aws_security_group`, `aws_vpc_security_group_ingress_rule` and an output.
 */
export class AwsOpenSearchVectors extends Construct implements AwsEngine {
  readonly securityGroup: SecurityGroup;
  readonly ingress: VpcSecurityGroupIngressRule;
  readonly endpoint: OpensearchserverlessVpcEndpoint;
  readonly encryption: OpensearchserverlessSecurityPolicy;
  readonly networkPolicy: OpensearchserverlessSecurityPolicy;
  readonly collection: OpensearchserverlessCollection;
  /** Bodies of the indexes, by name. */
  readonly indexBodies: Readonly<Record<string, unknown>>;
  readonly indexBodiesOutput: TerraformOutput;
  private readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AwsNetworkedEngineProps,
  ) {
    super(scope, id);
    const { namePrefix, network, keyArn, collections, destroyable } = props;
    this.name = resourceName([namePrefix, "vectors"], { maxLength: NAME_LENGTH });
    this.securityGroup = new SecurityGroup(this, "security-group", {
      name: `${this.name}-endpoint`,
      description: "OpenSearch Serverless: HTTPS from the network",
      vpcId: network.vpcId,
    });
    this.ingress = new VpcSecurityGroupIngressRule(this, "ingress", {
      securityGroupId: this.securityGroup.id,
      description: "HTTPS from the network",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4: network.cidrBlock,
    });
    this.endpoint = new OpensearchserverlessVpcEndpoint(this, "endpoint", {
      name: this.name,
      vpcId: network.vpcId,
      subnetIds: [...network.privateSubnetIds],
      securityGroupIds: [this.securityGroup.id],
    });
    const rules = [{ ResourceType: "collection", Resource: [`collection/${this.name}`] }];
    this.encryption = new OpensearchserverlessSecurityPolicy(this, "encryption", {
      name: this.name,
      type: "encryption",
      policy: stableJson({ Rules: rules, AWSOwnedKey: false, KmsARN: keyArn }),
    });
    this.networkPolicy = new OpensearchserverlessSecurityPolicy(this, "network", {
      name: this.name,
      type: "network",
      policy: stableJson([{ Rules: rules, AllowFromPublic: false, SourceVPCEs: [this.endpoint.id] }]),
    });
    this.collection = new OpensearchserverlessCollection(this, "collection", {
      name: this.name,
      type: "VECTORSEARCH",
      standbyReplicas: "ENABLED",
      lifecycle: { preventDestroy: destroyable ? undefined : true },
      dependsOn: [this.encryption, this.networkPolicy],
    });
    this.indexBodies = Object.fromEntries(
      collections.map((collection) => [collection.name, openSearchIndex(collection)]),
    );
    this.indexBodiesOutput = new TerraformOutput(this, "index-bodies", {
      description: "Bodies of PUT /<index>, by index: who may write sends them once",
      value: stableJson(this.indexBodies),
    });
  }

  readonly lookup = ({ name }: VectorCollectionModel) => ({
    endpoint: this.collection.collectionEndpoint,
    target: name,
    container: this.name,
    auth: { kind: "aws-sigv4", service: "aoss", region: this.props.facts.region } as const,
  });

  readonly grant = ({ identity, collection, access }: VectorGrantRequest): VectorGrant => {
    const { grantees } = this.props;
    const {
      resources,
      roleArn,
      access: federated,
    } = grantees.allow(identity, [
      {
        Sid: sidOf("UseVectors"),
        Effect: "Allow",
        Action: ["aoss:APIAccessAll"],
        Resource: [this.collection.arn],
      },
    ]);
    const id = `access-${collection.name}-${identity.name}-${access}`;
    const known = this.node.tryFindChild(id) as OpensearchserverlessAccessPolicy | undefined;
    const policy =
      known ??
      new OpensearchserverlessAccessPolicy(this, id, {
        name: resourceName([this.name, access, fingerprint(`${collection.name}/${identity.name}`)], {
          maxLength: NAME_LENGTH,
        }),
        type: "data",
        description: `${identity.name} may ${access} ${collection.name}`,
        policy: stableJson([
          {
            Rules: [
              {
                ResourceType: "index",
                Resource: [`index/${this.name}/${collection.name}`],
                Permission: access === "read" ? READ : WRITE,
              },
            ],
            Principal: [roleArn],
          },
        ]),
      });
    return { resources: [...resources, policy], access: federated };
  };
}
