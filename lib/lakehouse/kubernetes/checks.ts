import type { Construct } from "constructs";
import type { NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { DNS_LABEL } from "../../kubernetes/metadata";
import { LakehouseErrors } from "../errors";
import type { LakehouseModel } from "../lakehouse";
import { checkCopies } from "./copies";
import { KubernetesLakehouseErrors } from "./errors";
import { checkForeignCatalogs } from "./foreign-catalogs";
import type { KubernetesLakehouseProps } from "./props";
import { checkTablesSql } from "./trino-sql";

const CRON: NameRule = {
  pattern: /^(\S+ ){4}\S+$/,
  maxLength: 100,
  form: "a cron expression of five fields",
};

const BARMAN_CRON: NameRule = {
  pattern: /^(\S+ ){5}\S+$/,
  maxLength: 100,
  form: "a cron expression of six fields, seconds first",
};

const IMAGE: NameRule = {
  pattern: /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+[:@][A-Za-z0-9._:-]+$/,
  maxLength: 300,
  form: "registry/repository:tag or @digest",
};

/** Where Trino finds the keys of the cluster's tokens; undefined if nothing tells. */
export function jwksUriOf(props: KubernetesLakehouseProps): string | undefined {
  const { oidcIssuer } = props.site;
  return props.query?.jwksUri ?? (oidcIssuer === undefined ? undefined : `${oidcIssuer}/openid/v1/jwks`);
}

/** What is wrong with a Kubernetes lakehouse, besides what is wrong with any, goes to `problems`. */
export function checkKubernetesLakehouse(
  problems: Problems,
  scope: Construct,
  props: KubernetesLakehouseProps,
  model: LakehouseModel,
): void {
  if (props.namespace !== undefined) {
    problems.name("namespace", props.namespace, DNS_LABEL);
  }
  checkLogsAndEvents(problems, props);
  checkTiers(problems, props, model);
  checkBuckets(problems, props, model);
  checkSizes(problems, props);
  checkAccess(problems, props);
  checkTablesSql(problems, model);
  checkForeignCatalogs(
    problems,
    scope,
    props.foreignCatalogs ?? [],
    model.zones.map((zone) => zone.name),
  );
  checkCopies(problems, model, props.copies ?? []);
  if (props.copySettings !== undefined && (props.copies ?? []).length === 0) {
    contradiction(problems, "copySettings", props.copySettings, "nothing, without copies");
  }
}

function contradiction(problems: Problems, subject: string, given: unknown, allowed: string): void {
  problems.add(KubernetesLakehouseErrors.ContradictingOptions, { subject, given, allowed });
}

function unsupported(
  problems: Problems,
  subject: string,
  given: unknown,
  allowed: string,
  fix: string,
): void {
  problems.add(LakehouseErrors.UnsupportedByCatalog, { subject, given, allowed, fix });
}

function checkLogsAndEvents(problems: Problems, props: KubernetesLakehouseProps): void {
  const { spec } = props.objectStore;
  const ownCeph = spec.kind === "rook" && spec.create !== undefined;
  if (props.accessLogs && !ownCeph) {
    const fix = "leave accessLogs out here, and turn logs on where the object store is declared";
    unsupported(problems, "accessLogs", true, "nothing or false, unless with ObjectStore.newRook", fix);
  }
  if (props.accessLogRetentionDays !== undefined) {
    const fix = "leave it out here, and set the retention in the cluster's log collector";
    unsupported(problems, "accessLogRetentionDays", props.accessLogRetentionDays, "nothing", fix);
  }
  const eventsTo = spec.kind === "rook" ? spec.options.eventsTo : undefined;
  if (props.dataEvents && eventsTo === undefined) {
    const fix = "give `eventsTo` on a Rook object store, or leave dataEvents out here";
    unsupported(problems, "dataEvents", true, "nothing or false, unless the object store has eventsTo", fix);
  }
  if (props.dataEvents === false && eventsTo !== undefined) {
    contradiction(problems, "dataEvents", false, "true or nothing, when the object store has eventsTo");
  }
}

function checkTiers(problems: Problems, props: KubernetesLakehouseProps, model: LakehouseModel): void {
  const classes = props.objectStore.spec.options.tierClasses;
  for (const zone of model.zones) {
    for (const tier of ["warm", "cold", "archive"] as const) {
      const days = zone.tiering[`${tier}AfterDays`];
      if (days !== undefined && classes?.[tier] === undefined) {
        unsupported(
          problems,
          `zone "${zone.name}" tiering.${tier}AfterDays`,
          days,
          `nothing, unless the object store has tierClasses.${tier}`,
          `name the storage class in tierClasses.${tier} of the object store, or leave the tier out here`,
        );
      }
    }
  }
}

function checkBuckets(problems: Problems, props: KubernetesLakehouseProps, model: LakehouseModel): void {
  const { spec } = props.objectStore;
  const zones = model.zones.map((zone) => zone.name);
  const given = spec.kind === "s3-compatible" ? (spec.options.buckets ?? {}) : {};
  for (const zone of Object.keys(given).filter((name) => !zones.includes(name))) {
    problems.add(LakehouseErrors.UnknownZone, {
      subject: "objectStore buckets",
      given: zone,
      allowed: zones.join(", "),
    });
  }
}

function checkSizes(problems: Problems, props: KubernetesLakehouseProps): void {
  const { catalog, query } = props;
  problems.integer("catalog.databaseInstances", catalog?.databaseInstances ?? 3, { min: 1, max: 9 });
  problems.size("catalog.databaseStorage", catalog?.databaseStorage ?? "20Gi");
  problems.integer("catalog.replicas", catalog?.replicas ?? 2, { min: 1, max: 16 });
  problems.literalInteger("query.workers", query?.workers ?? 2, { min: 1, max: 1000 });
  problems.integer("query.cpus", query?.cpus ?? 4, { min: 1, max: 512 });
  const memory = query?.memory ?? "16Gi";
  if (problems.literal("query.memory", memory, "a size such as 16Gi")) {
    problems.size("query.memory", memory);
  }
  problems.integer("copySettings.executors", props.copySettings?.executors ?? 2, { min: 1, max: 1000 });
  if (catalog?.backup?.schedule !== undefined) {
    problems.name("catalog.backup.schedule", catalog.backup.schedule, BARMAN_CRON);
  }
  if (props.maintenanceSchedule !== undefined) {
    problems.name("maintenanceSchedule", props.maintenanceSchedule, CRON);
  }
  for (const copy of props.copies ?? []) {
    problems.name(`copies "${copy.zone}" schedule`, copy.schedule ?? "15 * * * *", CRON);
  }
  for (const [subject, image] of [
    ["jobImage", props.jobImage],
    ["copySettings.image", props.copySettings?.image],
  ] as const) {
    if (image !== undefined) {
      problems.name(subject, image, IMAGE);
    }
  }
}

function checkAccess(problems: Problems, props: KubernetesLakehouseProps): void {
  const jwksUri = jwksUriOf(props);
  if (jwksUri === undefined) {
    problems.add(LakehouseErrors.MissingOidcIssuer, {
      subject: "query.jwksUri",
      given: undefined,
      allowed: "an https:// address, or a site with oidcIssuer",
      fix: "give `oidcIssuer` on the site or `query.jwksUri`: Trino checks tokens of service accounts with these keys",
    });
  } else {
    https(problems, "query.jwksUri", jwksUri);
  }
  if (props.catalogUri !== undefined) {
    https(problems, "catalogUri", props.catalogUri);
  } else if (props.catalogClientCidrs !== undefined) {
    contradiction(problems, "catalogClientCidrs", props.catalogClientCidrs, "nothing, without catalogUri");
  }
  for (const cidr of props.catalogClientCidrs ?? []) {
    problems.cidr("catalogClientCidrs", cidr);
  }
}

function https(problems: Problems, subject: string, uri: string): void {
  if (!isToken(uri) && !/^https:\/\/\S+$/.test(uri)) {
    problems.add(KubernetesLakehouseErrors.PlainHttpEndpoint, { subject, given: uri, allowed: "https://…" });
  }
}
