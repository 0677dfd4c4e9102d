import { Capacity } from "../../../lib/fabric/capacity";
import type { AcceleratorPoolProps } from "../../../lib/fabric/pool";
import { Slice } from "../../../lib/fabric/slice";
import { everyPool } from "../../../tools/machines/every-pool";
import { conformanceTest, problemsOf } from "../conformance";
import { BLOCK, cluster, h200, resolved } from "./fixture";

const elastic = (props: Partial<AcceleratorPoolProps> = {}): AcceleratorPoolProps => ({
  name: "serve",
  slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 8 } }),
  tier: "serving",
  ...props,
});
const gang = (props: Partial<AcceleratorPoolProps> = {}) =>
  h200({ slice: Slice.accelerators("h200", { perNode: 8, nodes: { min: 0, max: 4 } }), ...props });

/** A part of an object, as deep as a test looks. */
type Loose = { readonly [key: string]: Loose };

function objectsOf(pool: AcceleratorPoolProps, props: Parameters<typeof cluster>[1] = {}) {
  const { made, stack } = cluster([pool], props);
  const [nodeClass, nodePool] = resolved(stack, made.objects) as unknown as readonly [Loose, Loose];
  return { nodeClass, nodePool, made };
}

describe("which pools Karpenter has", () => {
  test("none of fixed size and one capacity: nothing is made for it", () => {
    const { made, template } = cluster([h200()]);
    expect(made.objects).toEqual([]);
    expect(made.karpenter).toBeUndefined();
    expect(template().count("aws_sqs_queue")).toBe(0);
  });

  test("the smallest number is a managed node group, the rest comes and goes", () => {
    const { made, template } = cluster([
      elastic({ slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 2, max: 8 } }) }),
    ]);
    expect(template().resource("aws_eks_node_group", "pool-serve").scaling_config).toEqual({
      desired_size: 2,
      min_size: 2,
      max_size: 2,
    });
    expect(made.objects.map(({ spec }) => spec.limits)).toEqual([undefined, { nodes: "6" }]);
    expect(made.pools.get("serve")!.groups).toMatchObject([{ name: "serve", nodes: { min: 2, max: 8 } }]);
  });

  test("all nodes of several capacities, whatever their number", () => {
    const slice = Slice.accelerators("l4", { perNode: 1, nodes: 4 });
    const { made } = cluster([elastic({ slice, capacity: [Capacity.spot(), Capacity.onDemand()] })]);
    expect(made.nodeGroups).not.toHaveProperty("serve");
    expect(made.objects[1]!.spec.limits).toEqual({ nodes: "4" });
  });
});

test("golden objects of a pool for serving", () => {
  const { nodeClass, nodePool } = objectsOf(elastic({ capacity: [Capacity.spot(), Capacity.onDemand()] }));
  expect({ nodeClass, nodePool }).toMatchSnapshot();
});

test("golden objects of a gang that has a reservation first", () => {
  const capacity = [Capacity.reservation({ aws: { id: BLOCK } }), Capacity.onDemand()];
  expect(objectsOf(gang({ capacity, zones: ["us-east-2b"] }))).toMatchObject({
    nodeClass: {
      spec: {
        capacityReservationSelectorTerms: [{ id: BLOCK }],
        subnetSelectorTerms: [{ id: expect.stringContaining("us-east-2b") }],
        networkInterfaces: expect.arrayContaining([
          { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
          { networkCardIndex: 15, deviceIndex: 1, interfaceType: "efa-only" },
        ]),
      },
    },
    nodePool: {
      spec: {
        disruption: {
          consolidationPolicy: "WhenEmpty",
          consolidateAfter: "10m",
          budgets: [{ nodes: "0", reasons: ["Drifted"] }, { nodes: "1" }],
        },
        template: { spec: { expireAfter: "Never", terminationGracePeriod: "60m" } },
      },
    },
  });
});

test("a placement group is chosen by name for gangs that are bought, not for what is reserved", () => {
  const selector = (props: Partial<AcceleratorPoolProps>) =>
    objectsOf(gang(props)).nodeClass.spec!.placementGroupSelector;
  expect(selector({ capacity: [Capacity.spot(), Capacity.onDemand()] })).toEqual({ name: "acme-train" });
  const block = Capacity.capacityBlock({ aws: { reservationId: BLOCK } });
  expect(selector({ capacity: block, zones: ["us-east-2a"] })).toBeUndefined();
});

test("disruption rules, image version and tags of nodes reach the objects", () => {
  const disruption = { maxUnavailable: "25%", drainMinutes: 5, emptyAfterMinutes: 3 };
  const { nodeClass, nodePool } = objectsOf(elastic({ disruption }), {
    karpenter: { imageVersion: "v20261015" },
    nodeTags: { team: "vision" },
  });
  expect(nodePool.spec!.disruption).toMatchObject({ consolidateAfter: "3m", budgets: [{ nodes: "25%" }] });
  expect(nodePool.spec!.template!.spec).toMatchObject({ terminationGracePeriod: "5m", expireAfter: "720h" });
  expect(nodeClass.spec!.amiSelectorTerms).toEqual([{ alias: "al2023@v20261015" }]);
  expect(nodeClass.spec!.tags).toEqual({ team: "vision", Name: "acme-serve" });
});

test("operators are told the queue, whether there is a way out, and whether nodes are repaired", () => {
  const { made, stack } = cluster([elastic()]);
  expect(resolved(stack, made.operatorFacts)).toEqual({
    clusterName: "acme",
    region: "us-east-2",
    vpcId: expect.stringContaining("aws_vpc"),
    interruptionQueue: expect.stringMatching(/aws_sqs_queue.*\.name/),
    isolatedVpc: "false",
    nodeRepair: "true",
  });
});

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: unknown;
}

describe("rights of the controller", () => {
  const statements = () => {
    const policies = Object.values(cluster([elastic()]).template().resources("aws_iam_role_policy"));
    return policies
      .filter(({ role }) => String(role).includes("karpenter_controller"))
      .flatMap(({ policy }) => JSON.parse(String(policy)).Statement as Statement[]);
  };

  test("whatever changes something is limited by resource, tag or service", () => {
    const reads =
      /^(ec2:Describe|pricing:GetProducts|iam:ListInstanceProfiles|ssm:GetParameter|eks:Describe)/;
    for (const { Sid, Action, Resource, Condition } of statements()) {
      const changes = Action.filter((action) => !reads.test(action));
      if (changes.length > 0 && Resource.includes("*")) {
        throw new Error(`${Sid} may ${changes.join(", ")} on everything`);
      }
      if (Action.some((action) => /Terminate|Delete(Launch)|CreateTags|CreateLaunchTemplate/.test(action))) {
        expect(JSON.stringify(Condition)).toContain("kubernetes.io/cluster/acme");
      }
    }
  });

  test("fit into what IAM takes for the inline policies of one role", () => {
    expect(JSON.stringify(statements()).length).toBeLessThan(10_240);
  });
});

test("nodes join by an access entry of their own role; the queue takes messages of the cluster's rules only", () => {
  const template = cluster([elastic()]).template();
  expect(template.resource("aws_eks_access_entry", "karpenter")).toMatchObject({ type: "EC2_LINUX" });
  expect(template.resource("aws_sqs_queue")).toMatchObject({
    name: "acme-karpenter",
    sqs_managed_sse_enabled: true,
  });
  const [allow, deny] = JSON.parse(String(template.resource("aws_sqs_queue_policy").policy)).Statement;
  expect(allow.Condition.ArnEquals["aws:SourceArn"]).toHaveLength(5);
  expect(deny).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
  expect(template.count("aws_cloudwatch_event_rule")).toBe(5);
});

test("names stay within what AWS takes, with the longest prefix and pool", () => {
  const long = "a".repeat(32);
  const { template } = cluster([elastic({ name: "b".repeat(32) }), gang({ name: "c".repeat(32) })], {
    namePrefix: long,
  });
  const json = template();
  const names = (type: string) => Object.values(json.resources(type)).map(({ name }) => String(name).length);
  expect(Math.max(...names("aws_iam_role"))).toBeLessThanOrEqual(64);
  expect(Math.max(...names("aws_sqs_queue"))).toBeLessThanOrEqual(80);
  expect(Math.max(...names("aws_cloudwatch_event_rule"))).toBeLessThanOrEqual(64);
});

conformanceTest("objects of every machine type are valid against the published definitions, strictly", () => {
  const pools = everyPool()
    .filter(({ slice }) => slice.kind !== "accelerators" || slice.accelerator.name !== "gb200")
    .map((pool) => ({
      ...pool,
      zones: ["us-east-2a"],
      slice: { ...pool.slice, nodes: { min: 0, max: 1 } } as Slice,
      maxPodsPerNode: 20,
    }));
  const { made, stack } = cluster(pools);
  const bad = made.objects.flatMap(({ apiVersion, kind, name, spec }) => {
    const object = { apiVersion, kind, metadata: { name }, spec: resolved(stack, spec) };
    return problemsOf(object).map((problem) => `${kind} ${name}: ${problem}`);
  });
  expect(made.objects).toHaveLength(2 * pools.length);
  expect(bad).toEqual([]);
});
