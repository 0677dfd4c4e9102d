import { TerraformVariable } from "cdktf";
import { CLUSTER_ADDONS } from "../../../lib/cluster/aws/props";
import { stableJson } from "../../../lib/core/json";
import { Identity } from "../../../lib/fabric/identity";
import { captureValidationError, Template } from "../../../lib/testing";
import { ACCOUNT, cluster, h200, newStack, refused, SYSTEM } from "./fixture";

const KEY = `arn:aws:kms:us-east-2:${ACCOUNT}:key/1`;
const ADMIN = Identity.awsRole("platform", `arn:aws:iam::${ACCOUNT}:role/platform`);
const eks = (props: Parameters<typeof cluster>[1] = {}) =>
  cluster([], props).template().resource("aws_eks_cluster");
const waitsFor = (resource: Record<string, unknown>) => (resource.depends_on ?? []) as readonly string[];

describe("the control plane", () => {
  test("is reached from inside only, by entries of the API only, and keeps its secrets under a customer key", () => {
    expect(eks()).toMatchObject({
      access_config: { authentication_mode: "API", bootstrap_cluster_creator_admin_permissions: false },
      bootstrap_self_managed_addons: false,
      encryption_config: {
        resources: ["secrets"],
        provider: { key_arn: expect.stringContaining("aws_kms_key") },
      },
      vpc_config: { endpoint_private_access: true, endpoint_public_access: false },
      upgrade_policy: { support_type: "EXTENDED" },
    });
    expect(eks().vpc_config).not.toHaveProperty("public_access_cidrs");
    expect(eks()).not.toHaveProperty("control_plane_scaling_config");
  });

  test("is open to the ranges that are named, and to no other", () => {
    const publicAccessCidrs = ["203.0.113.0/24"];
    expect(eks({ publicAccessCidrs }).vpc_config).toMatchObject({
      endpoint_public_access: true,
      public_access_cidrs: publicAccessCidrs,
    });
    const { template } = cluster([], { privateAccessCidrs: ["10.30.0.0/16"] });
    expect(template().resource("aws_vpc_security_group_ingress_rule", "api-from")).toMatchObject({
      cidr_ipv4: "10.30.0.0/16",
      from_port: 443,
      to_port: 443,
    });
  });

  test("is protected twice: by Terraform and by EKS, with its key", () => {
    expect(eks()).toMatchObject({ deletion_protection: true, lifecycle: { prevent_destroy: true } });
    const { template } = cluster(
      [],
      { removalPolicy: "destroy" },
      newStack({ "cdktf-hybrid-ai/allowDestroy": true }),
    );
    expect(template().resource("aws_eks_cluster")).toMatchObject({ deletion_protection: false });
    for (const type of ["aws_eks_cluster", "aws_kms_key"]) {
      expect(template().resource(type).lifecycle ?? {}).toEqual({});
      expect(cluster().template().resource(type)).toMatchObject({ lifecycle: { prevent_destroy: true } });
    }
  });

  test("writes its log into a group that is there before it, encrypted and with an end", () => {
    const template = cluster().template();
    expect(template.resource("aws_cloudwatch_log_group")).toMatchObject({
      name: "/aws/eks/acme/cluster",
      retention_in_days: 365,
      kms_key_id: expect.stringContaining("aws_kms_key"),
    });
    expect(waitsFor(template.resource("aws_eks_cluster")).join()).toContain("aws_cloudwatch_log_group");
    expect(cluster([], { controlPlaneLogs: [] }).template().count("aws_cloudwatch_log_group")).toBe(0);
  });

  test("can be larger", () => {
    expect(eks({ controlPlaneTier: "tier-2xl" }).control_plane_scaling_config).toEqual({ tier: "tier-2xl" });
  });

  test("with a key that exists, Auto Scaling gets the right to use it by a grant", () => {
    const template = cluster([], { encryptionKeyArn: KEY }).template();
    expect(template.count("aws_kms_key")).toBe(0);
    expect(template.resource("aws_kms_grant")).toMatchObject({
      key_id: KEY,
      grantee_principal: expect.stringContaining("AWSServiceRoleForAutoScaling"),
    });
    expect(waitsFor(template.resource("aws_eks_node_group")).join()).toContain("aws_kms_grant");
  });
});

describe("add-ons", () => {
  const addons = (props: Parameters<typeof cluster>[1] = {}) =>
    Object.fromEntries(
      Object.values(cluster([h200()], props).template().resources("aws_eks_addon")).map((addon) => [
        addon.addon_name as string,
        addon,
      ]),
    );

  test("that nodes need wait for no node, the others for the nodes that are always there", () => {
    const all = addons();
    expect(Object.keys(all).sort()).toEqual([...CLUSTER_ADDONS].sort());
    for (const name of ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"]) {
      expect(waitsFor(all[name]!).join()).not.toContain("aws_eks_node_group");
    }
    for (const name of ["coredns", "aws-ebs-csi-driver", "eks-node-monitoring-agent", "metrics-server"]) {
      expect(waitsFor(all[name]!).filter((address) => address.startsWith("aws_eks_node_group"))).toEqual([
        expect.stringContaining("pool-system"),
      ]);
    }
    const group = cluster([h200()]).template().resource("aws_eks_node_group", "pool-train");
    expect(waitsFor(group).filter((address) => address.startsWith("aws_eks_addon"))).toHaveLength(3);
  });

  test("that are no DaemonSets stay on the system nodes", () => {
    const settings = (name: string) => JSON.parse(String(addons()[name]!.configuration_values));
    const selector = { nodeSelector: { "hybrid-ai.io/tier": "system" } };
    expect(settings("coredns")).toEqual(selector);
    expect(settings("metrics-server")).toEqual(selector);
    expect(settings("aws-ebs-csi-driver")).toEqual({ controller: selector });
  });

  test("can be left out one by one, pinned and configured", () => {
    const given = {
      "metrics-server": false,
      coredns: {
        version: "v1.12.4-eksbuild.1",
        configuration: { replicaCount: 3, nodeSelector: { a: "${b}" } },
      },
    } as const;
    const all = addons({ addons: given });
    expect(all).not.toHaveProperty("metrics-server");
    expect(all.coredns!.addon_version).toBe("v1.12.4-eksbuild.1");
    expect(String(all.coredns!.configuration_values)).toContain('"a":"$${b}"');
    expect(JSON.parse(String(all.coredns!.configuration_values)).replicaCount).toBe(3);
  });

  test("get their rights by Pod Identity, and the node role has none of them", () => {
    expect(addons()["vpc-cni"]!.pod_identity_association).toEqual([
      { role_arn: expect.stringContaining("vpc-cni-role"), service_account: "aws-node" },
    ]);
    const attached = Object.values(cluster().template().resources("aws_iam_role_policy_attachment"));
    const ofNodes = attached.filter(({ role }) => String(role).includes("node-role"));
    expect(ofNodes.map(({ policy_arn }) => String(policy_arn).split("/").at(-1)).sort()).toEqual([
      "AmazonEC2ContainerRegistryPullOnly",
      "AmazonEKSWorkerNodePolicy",
    ]);
  });

  test("that something else needs cannot be left out", () => {
    const off = { "vpc-cni": false } as const;
    expect([...refused([], { addons: off, prefixDelegation: true }).codes]).toEqual(["AddonRequired"]);
    expect(() => cluster([], { addons: off })).not.toThrow();
  });

  test("that do not exist, and versions that are none, are refused", () => {
    const addons = { cilium: {}, coredns: { version: "latest" } } as never;
    expect([...refused([], { addons }).codes]).toEqual(["NotOneOf", "InvalidName"]);
  });
});

describe("access", () => {
  test("is given to a role at a level, in the whole cluster or in namespaces", () => {
    const { made, template } = cluster();
    made.grantAccess(ADMIN, "cluster-admin");
    made.grantAccess(Identity.awsRole("vision", `arn:aws:iam::${ACCOUNT}:role/vision`), "edit", {
      namespaces: ["vision"],
    });
    const json = template();
    expect(json.resource("aws_eks_access_policy_association", "platform")).toMatchObject({
      policy_arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      access_scope: { type: "cluster" },
    });
    expect(json.resource("aws_eks_access_policy_association", "vision")).toMatchObject({
      access_scope: { type: "namespace", namespaces: ["vision"] },
    });
  });

  test("is refused twice for the same name, at unknown levels, and for namespaces that would not count", () => {
    const { made } = cluster();
    made.grantAccess(ADMIN, "view");
    const codes = (work: () => unknown) => [...captureValidationError(work).codes];
    expect(codes(() => made.grantAccess(ADMIN, "edit"))).toEqual(["DuplicateValue"]);
    const other = Identity.awsRole("other", ADMIN.roleArn);
    expect(codes(() => made.grantAccess(other, "owner" as never))).toEqual(["NotOneOf"]);
    expect(codes(() => made.grantAccess(other, "cluster-admin", { namespaces: ["a"] }))).toEqual([
      "NoEffect",
    ]);
    expect(codes(() => made.grantAccess(other, "edit", { namespaces: [] }))).toEqual(["MissingValue"]);
  });

  test("of pods is bound to one service account of one cluster", () => {
    const { made, template } = cluster();
    const statements = [
      { Sid: "Read", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::data/*"] },
    ] as const;
    made.podRole({ namespace: "vision", serviceAccount: "trainer", statements });
    const trust = JSON.parse(String(template().resource("aws_iam_role", "pod-role").assume_role_policy));
    expect(trust.Statement[0]).toMatchObject({
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        ArnEquals: { "aws:SourceArn": `arn:aws:eks:us-east-2:${ACCOUNT}:cluster/acme` },
        StringEquals: {
          "aws:RequestTag/kubernetes-namespace": "vision",
          "aws:RequestTag/kubernetes-service-account": "trainer",
        },
      },
    });
    expect(template().resource("aws_eks_pod_identity_association", "pod-role")).toMatchObject({
      namespace: "vision",
      service_account: "trainer",
    });
    const pod = { namespace: "vision", serviceAccount: "trainer" };
    expect(made.findPodRole(pod)?.association).toBeDefined();
    expect(made.findPodRole({ ...pod, serviceAccount: "other" })).toBeUndefined();
    const again = () => made.podRole({ namespace: "vision", serviceAccount: "trainer", statements });
    expect([...captureValidationError(again).codes]).toEqual(["DuplicateValue"]);
    const none = () => made.podRole({ namespace: "vision", serviceAccount: "other", statements: [] });
    expect([...captureValidationError(none).codes]).toEqual(["MissingValue"]);
    const { made: without } = cluster([], { addons: { "eks-pod-identity-agent": false } });
    const agent = () => without.podRole({ namespace: "vision", serviceAccount: "trainer", statements });
    expect([...captureValidationError(agent).codes]).toEqual(["AddonRequired"]);
  });
});

describe("machines outside AWS", () => {
  const nodeCidrs = ["192.168.0.0/24"];
  const hybrid = (hybridNodes: NonNullable<Parameters<typeof cluster>[1]>["hybridNodes"]) =>
    cluster([], { hybridNodes });

  test("join with a role of their own, and reach the API server", () => {
    const template = hybrid({ nodeCidrs, podCidrs: ["192.168.128.0/20"] }).template();
    expect(template.resource("aws_eks_cluster").remote_network_config).toEqual({
      remote_node_networks: { cidrs: nodeCidrs },
      remote_pod_networks: { cidrs: ["192.168.128.0/20"] },
    });
    expect(template.resource("aws_eks_access_entry")).toMatchObject({ type: "HYBRID_LINUX" });
    expect(template.count("aws_vpc_security_group_ingress_rule")).toBe(2);
    const trust = JSON.parse(String(template.resource("aws_iam_role", "hybrid").assume_role_policy));
    expect(trust.Statement[0].Principal).toEqual({ Service: "ssm.amazonaws.com" });
  });

  test("with certificates are trusted by their anchor alone", () => {
    const trustAnchorArn = `arn:aws:rolesanywhere:us-east-2:${ACCOUNT}:trust-anchor/1`;
    const { template } = hybrid({ nodeCidrs, credentials: "iam-roles-anywhere", trustAnchorArn });
    const trust = JSON.parse(String(template().resource("aws_iam_role", "hybrid").assume_role_policy));
    expect(trust.Statement[0].Condition).toEqual({ ArnEquals: { "aws:SourceArn": trustAnchorArn } });
    const codes = (options: object) => [...refused([], { hybridNodes: { nodeCidrs, ...options } }).codes];
    expect(codes({ credentials: "iam-roles-anywhere" })).toEqual(["MissingValue"]);
    expect(codes({ trustAnchorArn })).toEqual(["NoEffect"]);
  });

  test("need private ranges apart from the network, services and each other", () => {
    const codes = (options: object, props: Parameters<typeof cluster>[1] = {}) => [
      ...refused([], { hybridNodes: { nodeCidrs, ...options }, ...props }).codes,
    ];
    expect(codes({ nodeCidrs: ["10.20.128.0/20"] })).toEqual(["RangeOverlap"]);
    expect(codes({ nodeCidrs: ["172.20.1.0/24"] })).toEqual(["RangeOverlap"]);
    expect(codes({ podCidrs: ["192.168.0.128/25"] })).toEqual(["RangeOverlap"]);
    expect(codes({ nodeCidrs: ["203.0.113.0/24"] })).toEqual(["RangeNotPrivate"]);
    expect(codes({ nodeCidrs: [] })).toEqual(["MissingValue"]);
    expect([...refused([], { serviceCidr: "10.20.0.0/16" }).codes]).toEqual(["RangeOverlap"]);
    expect([...refused([], { serviceCidr: "10.96.0.0/11" }).codes]).toEqual(["RangeNotPrivate"]);
    expect(() => cluster([], { serviceCidr: "10.96.0.0/12" })).not.toThrow();
  });

  test("have ranges that are literals, because they are compared", () => {
    const stack = newStack();
    const cidr = new TerraformVariable(stack, "cidr", {}).stringValue;
    const error = captureValidationError(() => cluster([], { hybridNodes: { nodeCidrs: [cidr] } }, stack));
    expect([...error.codes]).toEqual(["TokenNotAllowed"]);
  });
});

test("without a literal account it is asked from AWS once", () => {
  const site = { ...cluster().made.site, account: undefined };
  const { stack } = cluster([h200()], { site });
  expect(Object.keys(Template.of(stack).json.data!)).toEqual(["aws_caller_identity"]);
});

test("what EKS comes with is not to be installed again", () => {
  expect(cluster([h200()]).made.managed).toEqual(["gpu-driver", "node-repair"]);
  expect(cluster([], { addons: { "eks-node-monitoring-agent": false } }).made.managed).toEqual([]);
});

test("the order of pools, zones and labels changes nothing", () => {
  const pools = [
    h200({ labels: { a: "1", b: "2" }, zones: ["us-east-2a", "us-east-2c"], closeTogether: false }),
    { ...SYSTEM, name: "second" },
    SYSTEM,
  ];
  const turned = [
    SYSTEM,
    { ...SYSTEM, name: "second" },
    h200({ labels: { b: "2", a: "1" }, zones: ["us-east-2c", "us-east-2a"], closeTogether: false }),
  ];
  const json = (order: typeof pools) => stableJson(cluster([], { pools: order }).template().json.resource);
  expect(json(turned)).toBe(json(pools));
});
