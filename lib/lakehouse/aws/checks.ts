import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { SiteErrors } from "../../fabric/errors";
import { LakehouseErrors } from "../errors";
import type { LakehouseModel } from "../lakehouse";
import { checkAthena } from "./athena";
import { checkGlueTable, TABLE_OPTIMIZERS } from "./iceberg-table";
import { checkTransitions } from "./lifecycle";
import { bucketName, checkBucketName } from "./names";
import type { AwsLakehouseProps } from "./props";
import { checkReplication, replicaName } from "./replication";
import { checkS3Table } from "./s3-tables";
import { checkSpark } from "./spark";
import { checkForeignCatalogs } from "./spark-catalogs";
import { checkWarehouse } from "./warehouse";

/** Lake Formation governs unless it is switched off or cannot. */
export function usesLakeFormation(props: AwsLakehouseProps): boolean {
  return props.lakeFormation !== false && (props.tableCatalog ?? "glue") === "glue";
}

function checkNames(problems: Problems, props: AwsLakehouseProps, model: LakehouseModel): void {
  const { namePrefix } = props;
  if (isToken(namePrefix) || isToken(model.zones.map((zone) => zone.name))) {
    return;
  }
  const zones = model.zones.map((zone) => ({
    subject: `zone "${zone.name}"`,
    name: bucketName(namePrefix, zone.name),
  }));
  const replicas = (props.replication?.zones ?? model.zones.map((zone) => zone.name)).map((zone) => ({
    subject: `replica of zone "${zone}"`,
    name: replicaName(namePrefix, zone),
  }));
  const buckets = [
    ...zones,
    ...(props.replication ? replicas : []),
    ...(model.accessLogs ? [{ subject: "access logs", name: bucketName(namePrefix, "access-logs") }] : []),
    ...(props.athena === false
      ? []
      : [{ subject: "results of Athena", name: bucketName(namePrefix, "athena-results") }]),
  ];
  for (const { subject, name } of buckets) {
    checkBucketName(problems, subject, name);
  }
  problems.unique(
    "bucket names",
    buckets.map(({ name }) => name),
  );
  if (props.tableCatalog === "s3-tables") {
    for (const zone of model.zones) {
      checkBucketName(
        problems,
        `table bucket of zone "${zone.name}"`,
        bucketName(namePrefix, zone.name, "tables"),
      );
    }
  }
}

function noEffect(problems: Problems, subject: string, given: unknown, allowed: string): void {
  if (given !== undefined) {
    problems.add(CoreErrors.NoEffect, { subject, given: shown(given), allowed });
  }
}

/** Constructs and providers are too large for a message. */
function shown(given: unknown): unknown {
  return typeof given === "object" && given !== null && !Array.isArray(given) ? Object.keys(given) : given;
}

function checkCatalog(problems: Problems, props: AwsLakehouseProps, model: LakehouseModel): void {
  const catalog = props.tableCatalog ?? "glue";
  if (!problems.oneOf("tableCatalog", catalog, ["glue", "s3-tables"])) {
    return;
  }
  for (const optimizer of props.tableOptimizers ?? []) {
    problems.oneOf("tableOptimizers", optimizer, TABLE_OPTIMIZERS);
  }
  problems.unique("tableOptimizers", props.tableOptimizers ?? []);
  for (const zone of model.zones) {
    for (const table of zone.tables) {
      (catalog === "glue" ? checkGlueTable : checkS3Table)(problems, zone.name, table);
    }
  }
  if (catalog === "glue") {
    return;
  }
  noEffect(
    problems,
    "tableOptimizers",
    props.tableOptimizers,
    "nothing: S3 Tables maintains its tables itself",
  );
  const refuse = (subject: string, given: unknown, allowed: string): void =>
    problems.add(LakehouseErrors.UnsupportedByCatalog, { subject, given: shown(given), allowed });
  if (props.lakeFormation) {
    refuse(
      "lakeFormation",
      props.lakeFormation,
      'false or nothing, with tableCatalog "s3-tables": grants on its catalogues fail in the provider (hashicorp/terraform-provider-aws#40724)',
    );
  }
  if (props.replication) {
    refuse(
      "replication",
      props.replication.region,
      'nothing, with tableCatalog "s3-tables": S3 would copy the files of a zone, but not its tables',
    );
  }
}

function checkEngines(problems: Problems, props: AwsLakehouseProps, model: LakehouseModel): void {
  if (props.athena) {
    checkAthena(problems, props.athena);
  }
  const foreign = props.foreignCatalogs ?? [];
  checkForeignCatalogs(problems, foreign);
  if (props.spark === false) {
    noEffect(
      problems,
      "foreignCatalogs",
      foreign.length === 0 ? undefined : foreign.map((catalog) => catalog.name),
      "nothing, with spark: false: Spark is the engine that queries foreign catalogues here",
    );
  } else if (props.spark) {
    checkSpark(problems, props.spark);
    checkWriteZones(problems, props.spark.writeZones ?? [], model);
  }
  if (props.warehouse) {
    checkWarehouse(problems, props.warehouse);
  }
}

function checkWriteZones(problems: Problems, writeZones: readonly string[], model: LakehouseModel): void {
  const known = model.zones.map((zone) => zone.name);
  problems.unique("spark.writeZones", writeZones);
  for (const name of writeZones.filter((zone) => !known.includes(zone))) {
    problems.add(LakehouseErrors.UnknownZone, {
      subject: "spark.writeZones",
      given: name,
      allowed: known.join(", "),
    });
  }
}

/** A lakehouse without zones only queries others: what is about data would have no effect. */
function checkWithoutZones(problems: Problems, props: AwsLakehouseProps): void {
  const allowed = "nothing, in a lakehouse without zones";
  noEffect(problems, "athena", props.athena || undefined, allowed);
  noEffect(problems, "lakeFormation", props.lakeFormation || undefined, allowed);
  noEffect(problems, "replication", props.replication, allowed);
  noEffect(problems, "tableOptimizers", props.tableOptimizers, allowed);
  noEffect(problems, "tableCatalog", props.tableCatalog, allowed);
  noEffect(problems, "encryptionKeyArn", props.warehouse ? undefined : props.encryptionKeyArn, allowed);
}

/** Checks what is particular to AWS. What is wrong goes to `problems`. */
export function checkAwsLakehouse(problems: Problems, props: AwsLakehouseProps, model: LakehouseModel): void {
  checkNames(problems, props, model);
  for (const zone of model.zones) {
    checkTransitions(problems, zone);
  }
  checkCatalog(problems, props, model);
  checkEngines(problems, props, model);
  const administrators = props.lakeFormation ? props.lakeFormation.administrators : undefined;
  if (administrators) {
    problems.required("lakeFormation.administrators", administrators[0], "one ARN or more, or nothing");
    if (!isToken(administrators)) {
      problems.unique("lakeFormation.administrators", administrators);
    }
    for (const arn of administrators.filter(
      (entry) => !isToken(entry) && !/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/.+$/.test(entry),
    )) {
      problems.add(SiteErrors.InvalidPrincipal, {
        subject: "lakeFormation.administrators",
        given: arn,
        allowed: "ARNs of IAM roles or users",
      });
    }
  }
  if (props.encryptionKeyArn !== undefined) {
    problems.arn("encryptionKeyArn", props.encryptionKeyArn, "kms");
  }
  for (const [issuer, arn] of Object.entries(props.oidcProviderArns ?? {})) {
    problems.arn(`oidcProviderArns "${issuer}"`, arn, "iam");
  }
  if (props.replication && model.zones.length > 0) {
    checkReplication(problems, props.replication, model, props.site.region);
  }
  if (model.zones.length === 0) {
    checkWithoutZones(problems, props);
  }
}
