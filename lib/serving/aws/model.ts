import { SagemakerModel } from "@cdktf/provider-aws/lib/sagemaker-model";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import { isToken } from "../../core/tokens";
import { s3Place } from "./s3";
import type { ResolvedVariant } from "./variants";

/** Of a model. Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html (read 2026-11) */
const NAME_LENGTH = 63;
/** A hyphen and the eight digits that Terraform adds where a part is known to it alone. */
const HASH_LENGTH = 9;

export interface SageMakerModelProps {
  /** Name of the endpoint. */
  readonly name: string;
  readonly variant: ResolvedVariant;
  readonly roleArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** What the role must be allowed before the model is used. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * Weights and the container that runs them, isolated: the container has no network, SageMaker brings it the weights.
 *
 * Models do not change, they are replaced, and the old one must be there until the endpoint has left it. So the name carries a
 * fingerprint of the content: at synth of what is written in the program, at apply of what only Terraform knows.
 *
 * Makes `aws_sagemaker_model`.
 */
export class SageMakerModel extends Construct {
  readonly model: SagemakerModel;

  constructor(scope: Construct, id: string, props: SageMakerModelProps) {
    super(scope, id);
    const { variant, roleArn, subnetIds, securityGroupId } = props;
    const { image } = variant.engine;
    const uri = prefixUri(variant.weightsUri);
    const network = { subnets: [...subnetIds], securityGroupIds: [securityGroupId] };
    this.model = new SagemakerModel(this, "model", {
      name: this.nameOf(props, [
        image,
        uri,
        roleArn,
        securityGroupId,
        ...subnetIds,
        ...Object.entries(variant.environment).flat(),
      ]),
      executionRoleArn: roleArn,
      enableNetworkIsolation: true,
      primaryContainer: {
        image,
        environment: { ...variant.environment },
        modelDataSource: {
          s3DataSource: [{ s3Uri: uri, s3DataType: "S3Prefix", compressionType: "None" }],
        },
      },
      vpcConfig: network,
      lifecycle: { createBeforeDestroy: true },
      dependsOn: [...props.after],
    });
  }

  private nameOf({ name, variant }: SageMakerModelProps, content: readonly string[]): string {
    const written = fingerprint(stableJson(content.map((part) => (isToken(part) ? "" : part))));
    const known = resourceName([name, variant.name, written], { maxLength: NAME_LENGTH - HASH_LENGTH });
    const tokens = content.filter((part) => isToken(part));
    return tokens.length === 0
      ? known
      : `${known}-${Fn.substr(Fn.sha256(Fn.join("\n", tokens)), 0, HASH_LENGTH - 1)}`;
  }
}

/** A prefix of S3, as SageMaker wants it: with a slash at its end. */
function prefixUri(uri: string): string {
  const { bucket, prefix } = s3Place(uri);
  return prefix === "" ? `s3://${bucket}/` : `s3://${bucket}/${prefix}/`;
}
