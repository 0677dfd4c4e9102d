/**
 * Cloud-neutral entry: values, contracts and rules. Loads no provider package; constructs of one cloud are in
 * `cdktf-hybrid-ai/aws`, `/google` and `/kubernetes`, compositions in `/stacks`.
 */
export { formerly, movedAddresses, resourceAddresses } from "./core/addresses";
export { CoreErrors, defineErrors, type ErrorDefinition, type Finding, ValidationError } from "./core/errors";
export { escapeTemplate } from "./core/escape";
export { type NameLimits, resourceName } from "./core/naming";
export { Problems } from "./core/problems";
export { ALLOW_DESTROY_CONTEXT, type RemovalPolicy } from "./core/removal-policy";
export { StateBackend, StateErrors } from "./core/state-backend";
export { type Ownership, tagStack } from "./core/tags";
export { SiteErrors } from "./fabric/errors";
export { Identity } from "./fabric/identity";
export { Residency } from "./fabric/residency";
export { type AwsSite, type GoogleSite, type KubernetesSite, Site, type SiteKind } from "./fabric/site";
export * from "./lakehouse/index";
