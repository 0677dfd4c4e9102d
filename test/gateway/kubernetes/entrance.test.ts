import type { KubernetesAiGatewayProps } from "../../../lib/kubernetes";
import { codesOf, POOL, routes } from "../fixture";
import { type Any, gateway, JWT, named, objects } from "./support";

type Props = Partial<KubernetesAiGatewayProps>;

const codes = (props: Props) => codesOf(() => gateway(props));
const spec = (kind: string, name: string, props: Props = {}): Any => named(objects(props), kind)[name]?.spec;

/** A gateway with one class and one backend. */
const SMALL: Props = { backends: [POOL], classes: [routes("chat", ["own"])] };

describe("clients", () => {
  test("reach one host by TLS, with a certificate of the gateway's own authority", () => {
    const all = objects();
    expect(named(all, "Gateway")["acme-gateway"].spec.listeners).toEqual([
      {
        name: "https",
        port: 443,
        protocol: "HTTPS",
        hostname: "ai.example.com",
        tls: { mode: "Terminate", certificateRefs: [{ name: "acme-gateway-tls" }] },
        allowedRoutes: { namespaces: { from: "Same" } },
      },
    ]);
    expect(named(all, "Certificate")["acme-gateway"].spec).toMatchObject({
      secretName: "acme-gateway-tls",
      dnsNames: ["ai.example.com"],
      issuerRef: { name: "acme-ca", kind: "Issuer" },
    });
  });

  test("see a certificate of an issuer or of a Secret where one is given, while pools keep their own authority", () => {
    const issued = named(objects({ tls: { issuer: { name: "public" } } }), "Certificate");
    expect(issued["acme-gateway"].spec.issuerRef).toEqual({ name: "public", kind: "ClusterIssuer" });
    expect(issued["acme-pools"].spec.issuerRef).toEqual({ name: "acme-ca", kind: "Issuer" });
    const all = objects({ tls: { certificateSecret: "bought" } });
    expect(named(all, "Certificate")["acme-gateway"]).toBeUndefined();
    expect(named(all, "Gateway")["acme-gateway"].spec.listeners[0].tls.certificateRefs).toEqual([
      { name: "bought" },
    ]);
    expect(codes({ tls: { certificateSecret: "-----BEGIN CERTIFICATE" } })).toEqual(["SecretAsText"]);
  });

  test("may send so much in so much time, and no header that the gateway sets itself", () => {
    const policy = spec("ClientTrafficPolicy", "acme-gateway", { maxRequestSize: "2Mi" });
    expect(policy.connection).toEqual({ bufferLimit: "2Mi" });
    expect(policy.tls).toEqual({ minVersion: "1.2" });
    // Envoy Gateway 1.8 has no limit of its own for headers (`requestHeadersReceivedTimeout` is of 1.9).
    expect(policy.timeout).toEqual({ http: { requestReceivedTimeout: "60s" } });
    expect(policy.headers.earlyRequestHeaders.remove).toEqual(
      expect.arrayContaining([
        "x-tenant",
        "x-ai-eg-model",
        "x-inference-pool",
        "x-llm-d-inference-objective",
      ]),
    );
    expect(spec("ClientTrafficPolicy", "acme-gateway").connection).toEqual({ bufferLimit: "8Mi" });
  });

  test("sign in with a token; its claims say tenant and classes", () => {
    const policy = spec("SecurityPolicy", "acme-batch", {
      authentication: { ...JWT, tenantClaim: "org", classesClaim: "ai" } as typeof JWT,
    });
    expect(policy.jwt.providers).toEqual([
      {
        name: "tokens",
        issuer: "https://login.example.com",
        audiences: ["ai"],
        extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] },
        remoteJWKS: { uri: "https://login.example.com/keys" },
        claimToHeaders: [{ claim: "org", header: "x-tenant" }],
      },
    ]);
    expect(policy.authorization).toEqual({
      defaultAction: "Deny",
      rules: [
        {
          name: "batch",
          action: "Allow",
          principal: {
            jwt: {
              provider: "tokens",
              claims: [
                { name: "ai", valueType: "StringArray", values: ["batch"] },
                { name: "org", valueType: "String", values: ["reports", "search"] },
              ],
            },
          },
        },
      ],
    });
  });

  test("or with a key, for classes that list their tenants", () => {
    const authentication = { kind: "api-key", secrets: ["keys"], header: "x-api-key" } as const;
    const policy = spec("SecurityPolicy", "acme-chat", {
      ...SMALL,
      authentication,
      classes: [routes("chat", ["own"], { tenants: ["app"] })],
    });
    expect(policy.apiKeyAuth).toEqual({
      credentialRefs: [{ name: "keys" }],
      extractFrom: [{ headers: ["x-api-key"] }],
      forwardClientIDHeader: "x-tenant",
      sanitize: true,
    });
    expect(policy.authorization.rules[0].principal).toEqual({
      headers: [{ name: "x-tenant", values: ["app"] }],
    });
    expect(codes({ ...SMALL, authentication })).toEqual(["MissingValue"]);
  });

  test("sign in the same way on every route, because Envoy asks before it knows the model", () => {
    const policies = Object.values(named(objects(), "SecurityPolicy"));
    expect(policies.length).toBe(3);
    expect(new Set(policies.map((policy) => JSON.stringify(policy.spec.jwt))).size).toBe(1);
  });

  test.each<[string, KubernetesAiGatewayProps["authentication"], string]>([
    ["issuer without TLS", { ...JWT, issuer: "http://x.example.com" } as typeof JWT, "InvalidName"],
    ["no audience", { ...JWT, audiences: [] } as typeof JWT, "MissingValue"],
    ["claim", { ...JWT, tenantClaim: "a b" } as typeof JWT, "InvalidName"],
    ["key as text", { kind: "api-key", secrets: ["sk-1234"] }, "SecretAsText"],
    ["no Secret", { kind: "api-key", secrets: [] }, "MissingValue"],
    [
      "the gateway's own header",
      { kind: "api-key", secrets: ["keys"], header: "x-tenant" },
      "ReservedHeader",
    ],
    [
      "the class's header",
      { kind: "api-key", secrets: ["keys"], header: "x-traffic-class" },
      "ReservedHeader",
    ],
    ["another way", { kind: "basic" } as never, "NotOneOf"],
  ])("are refused a way to sign in with %s", (_, authentication, code) => {
    expect(codes({ authentication })).toContain(code);
  });
});

describe("a guardrail", () => {
  const guardrail = { service: "guard", namespace: "safety", port: 50051 };

  test("sees requests of all classes, and none passes without it", () => {
    const policy = spec("EnvoyExtensionPolicy", "acme-guardrail", { guardrail });
    expect(policy.targetRefs.map((ref: Any) => ref.name)).toEqual([
      "acme-premium",
      "acme-chat",
      "acme-batch",
    ]);
    expect(policy.extProc).toEqual([
      {
        backendRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "acme-guardrail" }],
        failOpen: false,
        messageTimeout: "1000ms",
        processingMode: { request: { body: "Buffered" } },
      },
    ]);
  });

  test("sees answers if asked to, and waits so long", () => {
    const policy = spec("EnvoyExtensionPolicy", "acme-guardrail", {
      guardrail: { ...guardrail, answers: true, timeoutMs: 20 },
    });
    expect(policy.extProc[0].messageTimeout).toBe("20ms");
    expect(policy.extProc[0].processingMode.response).toEqual({ body: "Buffered" });
  });
});
