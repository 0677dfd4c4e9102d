import type { Construct } from "constructs";
import { awsFacts } from "../../core/aws-facts";
import { AwsGrantees } from "../../core/aws-grantees";
import { AwsKey } from "../../core/aws-key";
import { Problems } from "../../core/problems";
import { mayDestroy } from "../../core/removal-policy";
import { SiteErrors } from "../../fabric/errors";
import type { AwsSite } from "../../fabric/site";
import { LakehouseErrors } from "../../lakehouse/index";
import type { VectorCollectionModel } from "../collections";
import { VectorErrors } from "../errors";
import { type PlannedVectorStore, resolveStore } from "../plan";
import { VectorStoreBase } from "../vector-store-base";
import type { VectorGrant, VectorGrantRequest, VectorLookup } from "../vectors";
import { AwsAuroraVectors } from "./aurora";
import type { AwsEngine, AwsEngineProps } from "./engine";
import { AwsOpenSearchVectors } from "./opensearch";
import type { AwsVectorEngine, AwsVectorStoreProps } from "./props";
import { AwsS3Vectors, s3VectorsMayUseKey } from "./s3-vectors";

/**
 * A vector store on AWS: S3 Vectors, OpenSearch Serverless or Aurora PostgreSQL with pgvector. Needs one `AwsProvider` in
 * the stack, for the region and account of the site.
 *
 * Grants: a role of the account gets an inline policy; a service account of a cluster gets a role of its own that trusts
 * the cluster's issuer.
 *
 * Makes: `aws_kms_key`, `aws_kms_alias` unless a key is given; {@link AwsS3Vectors}, {@link AwsOpenSearchVectors} or
 * {@link AwsAuroraVectors}; `aws_iam_role_policy` and the like for grants.
 *
 * @throws all errors of the contract, VectorOptionMismatch, MissingValue, InvalidArn, RemovalNeedsTwoKeys; of grants
 *   IdentityKindMismatch, MissingOidcIssuer, GrantNotApplicable, InvalidPrincipal, DuplicateValue; at synth VectorNamesTaken,
 *   ProviderOfOtherPlace
 */
export class AwsVectorStore extends VectorStoreBase {
  readonly site: AwsSite;
  readonly engine: AwsVectorEngine;
  /** Undefined with `encryptionKeyArn`. */
  readonly key?: AwsKey;
  /** Set with engine `s3-vectors`. */
  readonly s3Vectors?: AwsS3Vectors;
  /** Set with engine `opensearch-serverless`. */
  readonly openSearch?: AwsOpenSearchVectors;
  /** Set with engine `aurora-pgvector`. */
  readonly aurora?: AwsAuroraVectors;
  protected readonly planned: PlannedVectorStore;
  private readonly server: AwsEngine;

  constructor(scope: Construct, id: string, props: AwsVectorStoreProps) {
    super(scope, id);
    this.site = props.site;
    this.engine = props.engine;
    const problems = new Problems(this.node.path);
    checkOptions(problems, props);
    const destroyable = mayDestroy(this, props.removalPolicy, problems);
    this.planned = resolveStore(problems, props.engine, props, { maxSearchUnits: props.maxSearchUnits });
    problems.throwIfAny();
    this.claimNames(props.namePrefix);
    const { namePrefix, network } = props;
    const facts = awsFacts(this, props.site);
    if (props.encryptionKeyArn === undefined) {
      this.key = new AwsKey(this, "key", {
        facts,
        aliasName: `${namePrefix}-vectors-${props.engine}`,
        description: `Vector store ${namePrefix}`,
        protect: !destroyable,
        statements: props.engine === "s3-vectors" ? [s3VectorsMayUseKey(facts)] : [],
      });
    }
    const grantees = new AwsGrantees(this, "grantees", {
      facts,
      // IAM knows no regions: stores of two regions may have the same prefix.
      nameParts: [namePrefix, "vectors", facts.region],
      oidcProviderArns: props.oidcProviderArns ?? {},
      errors: { ...LakehouseErrors, ...SiteErrors },
    });
    const parts: AwsEngineProps = {
      ...this.planned,
      facts,
      namePrefix,
      keyArn: props.encryptionKeyArn ?? this.key!.key.arn,
      key: this.key,
      destroyable,
      grantees,
    };
    if (props.engine === "s3-vectors") {
      this.s3Vectors = new AwsS3Vectors(this, "s3-vectors", parts);
    } else if (props.engine === "opensearch-serverless") {
      this.openSearch = new AwsOpenSearchVectors(this, "opensearch", { ...parts, network: network! });
    } else {
      const settings = props.aurora ?? {};
      this.aurora = new AwsAuroraVectors(this, "aurora", { ...parts, network: network!, settings });
    }
    this.server = (this.s3Vectors ?? this.openSearch ?? this.aurora)!;
  }

  protected lookup(collection: VectorCollectionModel): VectorLookup {
    return { ...this.described(collection), ...this.server.lookup(collection) };
  }

  protected grant(request: VectorGrantRequest): VectorGrant {
    return this.server.grant(request);
  }
}

function mismatch(problems: Problems, subject: string, given: unknown, allowed: string): void {
  if (given !== undefined) {
    problems.add(VectorErrors.VectorOptionMismatch, { subject, given, allowed });
  }
}

function checkOptions(problems: Problems, props: AwsVectorStoreProps): void {
  const { engine, network, aurora, maxSearchUnits, encryptionKeyArn } = props;
  problems.oneOf("engine", engine, ["s3-vectors", "opensearch-serverless", "aurora-pgvector"]);
  if (engine === "s3-vectors") {
    const given = network && "a network";
    mismatch(problems, "network", given, "nothing, with engine s3-vectors: it is an API of the region");
  } else {
    problems.required("network", network, `a network, with engine ${engine}`);
  }
  if (engine !== "opensearch-serverless") {
    mismatch(problems, "maxSearchUnits", maxSearchUnits, `nothing, with engine ${engine}`);
  } else if (maxSearchUnits !== undefined) {
    problems.literalInteger("maxSearchUnits", maxSearchUnits, { min: 2, max: 10_000 });
  }
  if (engine !== "aurora-pgvector") {
    mismatch(problems, "aurora", aurora, `nothing, with engine ${engine}`);
  }
  if (encryptionKeyArn !== undefined) {
    problems.arn("encryptionKeyArn", encryptionKeyArn, "kms");
  }
  checkAurora(problems, props);
}

function checkAurora(problems: Problems, { aurora }: AwsVectorStoreProps): void {
  if (aurora?.engineVersion !== undefined) {
    problems.name("aurora.engineVersion", aurora.engineVersion, {
      pattern: /^1[5-9]\.\d{1,2}$/,
      maxLength: 5,
      form: "a version of Aurora PostgreSQL from 15 on, for example 17.5",
    });
  }
  if (aurora?.backupRetentionDays !== undefined) {
    problems.literalInteger("aurora.backupRetentionDays", aurora.backupRetentionDays, { min: 1, max: 35 });
  }
}
