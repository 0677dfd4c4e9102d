import { S3, synthesized } from "./support";

interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: Record<string, unknown>;
}

function policies(props: Parameters<typeof synthesized>[0] = {}): Record<string, Record<string, unknown>> {
  const found = Object.values(
    synthesized(props).resources("kubernetes_network_policy_v1"),
  ) as unknown as Policy[];
  return Object.fromEntries(found.map(({ metadata, spec }) => [metadata.name, spec]));
}

describe("the network of the namespace", () => {
  test("lets only the namespace itself in and out by default", () => {
    expect(policies()["acme-lake-inside"]).toEqual({
      pod_selector: {},
      policy_types: ["Ingress", "Egress"],
      ingress: [{ from: [{ pod_selector: {} }] }],
      egress: [{ to: [{ pod_selector: {} }] }],
    });
  });

  test("opens the way out to names, API server, clouds and the object store of the cluster", () => {
    expect(policies()["acme-lake-outbound"]?.egress).toEqual([
      {
        ports: [
          { port: "53", protocol: "UDP" },
          { port: "53", protocol: "TCP" },
        ],
      },
      {
        ports: [
          { port: "443", protocol: "TCP" },
          { port: "6443", protocol: "TCP" },
        ],
      },
      { to: [{ namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "rook-ceph" } } }] },
    ]);
  });

  test("opens only the port of an object store outside", () => {
    expect(policies({ objectStore: S3 })["acme-lake-outbound"]?.egress).toEqual([
      expect.anything(),
      expect.anything(),
      { ports: [{ port: "9000", protocol: "TCP" }] },
    ]);
  });

  test("lets clients reach Trino's TLS port, and the operator its databases", () => {
    const all = policies();
    expect(all["acme-lake-query-clients"]).toMatchObject({
      pod_selector: {
        match_labels: {
          "app.kubernetes.io/component": "coordinator",
          "app.kubernetes.io/instance": "acme-lake-trino",
        },
      },
      ingress: [{ from: [{ namespace_selector: {} }], ports: [{ port: "8443", protocol: "TCP" }] }],
    });
    expect(all["acme-lake-database-operator"]?.pod_selector).toEqual({
      match_labels: { "cnpg.io/cluster": "acme-lake-catalog" },
    });
  });

  test("lets engines of other sites reach the catalogue only from networks that are named", () => {
    expect(policies()).not.toHaveProperty("acme-lake-catalog-clients");
    const open = policies({ catalogUri: "https://c", catalogClientCidrs: ["10.20.0.0/16"] });
    expect(open["acme-lake-catalog-clients"]?.ingress).toEqual([
      { from: [{ ip_block: { cidr: "10.20.0.0/16" } }], ports: [{ port: "8181", protocol: "TCP" }] },
    ]);
  });

  test("are the same, in whatever order those networks are named", () => {
    const named = (...catalogClientCidrs: readonly string[]) =>
      policies({ catalogUri: "https://c", catalogClientCidrs })["acme-lake-catalog-clients"];
    expect(named("10.20.0.0/16", "10.10.0.0/16")).toEqual(named("10.10.0.0/16", "10.20.0.0/16"));
    expect(named("10.20.0.0/16", "10.10.0.0/16")).not.toEqual(named("10.20.0.0/16"));
  });
});
