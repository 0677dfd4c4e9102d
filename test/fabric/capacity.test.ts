import { Lazy } from "cdktf";
import { Problems } from "../../lib/core/problems";
import { Capacity, capacityOrder } from "../../lib/fabric/capacity";
import { captureValidationError } from "../../lib/testing";

const refused = (make: () => unknown) => captureValidationError(make).codes;

describe("a reservation", () => {
  test("can name one per provider, so that the declaration can move", () => {
    const reservation = Capacity.reservation({
      aws: { id: "cr-0123456789abcdef0" },
      google: { name: "h200", block: "block-1", subBlock: "sub-1" },
    });
    expect(reservation).toEqual({
      kind: "reservation",
      aws: { id: "cr-0123456789abcdef0" },
      google: { name: "h200", block: "block-1", subBlock: "sub-1" },
    });
    expect(Object.isFrozen(reservation)).toBe(true);
  });

  test("of AWS is one id or one group", () => {
    const group = "arn:aws:resource-groups:eu-west-1:111122223333:group/h200";
    expect(Capacity.reservation({ aws: { resourceGroupArn: group } }).aws).toEqual({
      resourceGroupArn: group,
    });
    expect(refused(() => Capacity.reservation({ aws: {} }))).toEqual(["MissingValue"]);
    const both = { id: "cr-0123456789abcdef0", resourceGroupArn: group };
    expect(refused(() => Capacity.reservation({ aws: both }))).toEqual(["NoEffect"]);
  });

  test("can say in which zone it is, and be of one's own or of CoreWeave", () => {
    const props = {
      aws: { id: "cr-0123456789abcdef0", zone: "us-east-2a" },
      google: { name: "h200", zone: "europe-west4-b" },
      coreWeave: true,
      owned: true,
    } as const;
    expect(Capacity.reservation(props)).toEqual({ kind: "reservation", ...props });
    expect(Capacity.reservation({ owned: true })).toEqual({ kind: "reservation", owned: true });
    const zone = Lazy.stringValue({ produce: () => "known at apply" });
    expect(refused(() => Capacity.reservation({ google: { name: "r", zone } }))).toEqual(["TokenNotAllowed"]);
    expect(refused(() => Capacity.reservation({ aws: { ...props.aws, zone: "a b" } }))).toEqual([
      "InvalidName",
    ]);
  });

  test.each(["acme-ai", "example.com:acme-ai", "a.b-c.example.com:foo", "x"])(
    "may be of project %s",
    (project) => {
      expect(Capacity.reservation({ google: { name: "r", project } }).google?.project).toBe(project);
    },
  );

  test.each([
    "example.com:",
    ":foo",
    "example:foo",
    "example.com:foo:bar",
    "example.com:foo/reservations/other",
    "Example.com:foo",
    "example.com:-foo",
    "foo-",
    "../foo",
    "example.com:${foo}",
    "example.com: foo",
    "foo\n",
    `${"a".repeat(64)}.com:foo`,
    `${"a.".repeat(200)}com:foo`,
  ])("is not of a project %p", (project) => {
    expect(refused(() => Capacity.reservation({ google: { name: "r", project } }))).toEqual(["InvalidName"]);
  });

  test("may be known to Terraform only", () => {
    const id = Lazy.stringValue({ produce: () => "known at apply" });
    expect(Capacity.reservation({ aws: { id } }).aws).toEqual({ id });
    expect(Capacity.reservation({ aws: { resourceGroupArn: id } }).aws).toEqual({ resourceGroupArn: id });
    expect(Capacity.capacityBlock({ aws: { reservationId: id } }).aws.reservationId).toBe(id);
  });

  test.each([
    ["names nobody", {}, ["MissingValue"]],
    ["has another form", { aws: { id: "r-1" } }, ["InvalidName"]],
    ["is no ARN", { aws: { resourceGroupArn: "group" } }, ["InvalidArn"]],
    ["has no name", { google: { name: "" } }, ["InvalidName", "MissingValue"]],
    ["has a sub-block without its block", { google: { name: "r", subBlock: "s" } }, ["MissingValue"]],
    ["is a path", { google: { name: "projects/p/reservations/r" } }, ["InvalidName"]],
  ])("that %s is refused", (_, props, codes) => {
    expect(refused(() => Capacity.reservation(props))).toEqual(codes);
  });
});

test("a Capacity Block needs its id", () => {
  expect(refused(() => Capacity.capacityBlock({ aws: { reservationId: "" } }))).toEqual(["MissingValue"]);
  expect(refused(() => Capacity.capacityBlock({ aws: { reservationId: "cb-1" } }))).toEqual(["InvalidName"]);
});

test.each([0, 8, 1.5])("nodes of the workload scheduler do not run %p days", (maxRunDays) => {
  expect(refused(() => Capacity.flexStart({ maxRunDays }))).toEqual(["NumberOutOfRange"]);
  expect(refused(() => Capacity.queued({ maxRunDays }))).toEqual(["NumberOutOfRange"]);
});

describe("the order in which capacities are tried", () => {
  const order = (given?: Parameters<typeof capacityOrder>[1]) => {
    const problems = new Problems("pool");
    const kinds = capacityOrder(problems, given).map(({ kind }) => kind);
    problems.throwIfAny();
    return kinds;
  };

  test("is on demand alone unless said otherwise", () => {
    expect(order()).toEqual(["onDemand"]);
  });

  test("is as written", () => {
    expect(order(Capacity.spot())).toEqual(["spot"]);
    expect(order([Capacity.spot(), Capacity.onDemand()])).toEqual(["spot", "onDemand"]);
  });

  test.each([
    ["nothing", []],
    ["on demand before something else", [Capacity.onDemand(), Capacity.spot()]],
    ["one kind twice", [Capacity.spot(), Capacity.spot()]],
  ])("is refused with %s", (_, given) => {
    expect(refused(() => order(given))).toEqual(["CapacityOrderInvalid"]);
  });

  test.each(["spot", Capacity.spot, [undefined], [Capacity.spot(), "onDemand"]])(
    "is refused with %p, which no function of Capacity made",
    (given) => {
      expect(refused(() => order(given as never))).toEqual(["NotOneOf"]);
    },
  );
});

test("capacities without their facts are refused, not crashed on", () => {
  expect(refused(() => Capacity.reservation(undefined as never))).toEqual(["MissingValue"]);
  expect(refused(() => Capacity.capacityBlock(undefined as never))).toEqual(["MissingValue"]);
  expect(refused(() => Capacity.flexStart(undefined as never))).toEqual(["NumberOutOfRange"]);
  expect(refused(() => Capacity.queued(undefined as never))).toEqual(["NumberOutOfRange"]);
});
