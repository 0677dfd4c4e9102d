export type {
  EndpointBackend,
  GatewayBackend,
  OtherGatewayBackend,
  ProviderApi,
  ProviderBackend,
  TokenPrice,
} from "./backends";
export type {
  ChainStep,
  ChainTarget,
  ClassRoutes,
  GatewayDeclaration,
  LimitWindow,
  ModelRoute,
  TenantLimit,
} from "./declaration";
export { GatewayErrors } from "./errors";
export {
  type GatewayAccess,
  type IAiGateway,
  TENANT_HEADER,
  TENANT_LABEL,
  TRAFFIC_CLASS_HEADER,
  TRAFFIC_CLASS_LABEL,
} from "./gateway";
export { planRoutes } from "./plan";
export type {
  PlannedAdmission,
  PlannedBudget,
  PlannedClass,
  PlannedModel,
  PlannedRetries,
  PlannedShadow,
  PlannedTarget,
  RoutePlan,
} from "./planned";
