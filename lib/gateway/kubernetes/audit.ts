import { TENANT_HEADER, TRAFFIC_CLASS_HEADER } from "../gateway";
import { MODEL_HEADER, TOKEN_METADATA } from "./context";
import type { AuditDataClass, AuditLog } from "./props";

const header = (name: string) => `%REQ(${name.toUpperCase()})%`;
const metadata = (key: string) => `%DYNAMIC_METADATA(${TOKEN_METADATA}:${key})%`;

/**
 * Fields by data class. Sources: envoyproxy/ai-gateway accesslogs, Envoy's access log formatters, 2026-08.
 * The path is written without its query, which may hold what a user typed.
 */
const FIELDS: Readonly<Record<AuditDataClass, Readonly<Record<string, string>>>> = {
  operational: {
    start_time: "%START_TIME%",
    method: "%REQ(:METHOD)%",
    path: "%PATH(NQ:ORIG_OR_PATH)%",
    response_code: "%RESPONSE_CODE%",
    response_flags: "%RESPONSE_FLAGS%",
    response_code_details: "%RESPONSE_CODE_DETAILS%",
    duration_ms: "%DURATION%",
    bytes_received: "%BYTES_RECEIVED%",
    bytes_sent: "%BYTES_SENT%",
    request_id: "%REQ(X-REQUEST-ID)%",
    route: "%ROUTE_NAME%",
    upstream_cluster: "%UPSTREAM_CLUSTER%",
    upstream_host: "%UPSTREAM_HOST%",
    attempts: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    traffic_class: header(TRAFFIC_CLASS_HEADER),
    model: header(MODEL_HEADER),
    backend: metadata("backend_name"),
    input_tokens: metadata("llm_input_token"),
    output_tokens: metadata("llm_output_token"),
    total_tokens: metadata("llm_total_token"),
    mcp_method: metadata("mcp_method"),
    mcp_backend: metadata("mcp_backend"),
  },
  identity: { tenant: header(TENANT_HEADER) },
  client: {
    client_address: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    user_agent: "%REQ(USER-AGENT)%",
  },
};

/** The access log as the audit log: only fields of the chosen data classes, to a collector. */
export function auditSettings(
  gateway: string,
  audit: AuditLog,
  backendRef: Readonly<Record<string, unknown>>,
) {
  const classes = audit.dataClasses ?? ["operational", "identity"];
  const json = Object.assign({}, ...classes.map((name) => FIELDS[name])) as Record<string, string>;
  return [
    {
      format: { type: "JSON", json },
      sinks: [
        {
          type: "OpenTelemetry",
          openTelemetry: {
            backendRefs: [backendRef],
            resources: { "service.name": gateway, "log.kind": "audit" },
          },
        },
      ],
    },
  ];
}
