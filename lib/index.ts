/**
 * Cloud-neutral entry: values, contracts and rules. Loads no provider package; constructs of one cloud are in
 * `cdktf-hybrid-ai/aws`, `/google` and `/kubernetes`, compositions in `/stacks`.
 */

export * from "./cluster/index";
export { formerly, movedAddresses, resourceAddresses } from "./core/addresses";
export { CoreErrors, defineErrors, type ErrorDefinition, type Finding, ValidationError } from "./core/errors";
export { escapeTemplate } from "./core/escape";
export { type NameLimits, resourceName } from "./core/naming";
export { Problems } from "./core/problems";
export { ALLOW_DESTROY_CONTEXT, type RemovalPolicy } from "./core/removal-policy";
export { StateBackend, StateErrors } from "./core/state-backend";
export { type Ownership, tagStack } from "./core/tags";
export { Accelerator } from "./fabric/accelerators";
export { Capacity, type CapacityKind } from "./fabric/capacity";
export { CatalogueErrors } from "./fabric/catalogue-errors";
export { SiteErrors } from "./fabric/errors";
export { Identity } from "./fabric/identity";
export { Machine, missingFacts } from "./fabric/machines";
export type { AcceleratorPool, AcceleratorPoolProps, DisruptionRules, Taint } from "./fabric/pool";
export { PoolErrors } from "./fabric/pool-errors";
export { Residency } from "./fabric/residency";
export { Sharing } from "./fabric/sharing";
export { type AwsSite, type GoogleSite, type KubernetesSite, Site, type SiteKind } from "./fabric/site";
export { type Count, Slice } from "./fabric/slice";
export * from "./features/index";
export * from "./lakehouse/index";
export * from "./serving/index";
export * from "./streaming/index";
export * from "./vectors/index";
