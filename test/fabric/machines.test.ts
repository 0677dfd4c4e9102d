import { Token } from "cdktf";
import fc from "fast-check";
import { efaInterfaces } from "../../lib/catalog/aws-interfaces";
import { AWS_MACHINES, awsMachineFacts } from "../../lib/catalog/aws-machines";
import { COREWEAVE_MACHINES } from "../../lib/catalog/coreweave-machines";
import { GOOGLE_MACHINES } from "../../lib/catalog/google-machines";
import { ON_PREM_NODES } from "../../lib/catalog/on-prem-nodes";
import { ValidationError } from "../../lib/core/errors";
import { type AwsMachineProps, Machine, missingFacts } from "../../lib/fabric/machines";
import { captureValidationError } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const codes = (make: () => unknown) => captureValidationError(make).codes;
const aws = (props: object) => codes(() => Machine.aws({ name: "p9.48xlarge", ...props } as AwsMachineProps));

describe("a machine type that the catalogue does not know", () => {
  test("has the facts that the user gives", () => {
    const facts = Machine.aws({
      name: "p9.48xlarge",
      accelerator: "r300",
      acceleratorCount: 8,
      arch: "arm64",
      vcpu: 192,
      memoryGib: 4096,
      networkGbps: 12_800,
      localNvmeGb: 0,
      efaMax: 16,
      networkCards: 17,
      interfacesOnFirstCard: 4,
      ipv4PerInterface: 50,
      maxPods: 198,
      capacityBlocks: true,
      topologyLayers: 4,
      read: "2026-11-24",
    });
    expect(facts).toEqual({
      name: "p9.48xlarge",
      accelerator: "r300",
      acceleratorCount: 8,
      arch: "arm64",
      vcpu: 192,
      memoryGib: 4096,
      networkGbps: 12_800,
      localNvmeGb: 0,
      efaMax: 16,
      networkCards: 17,
      interfacesOnFirstCard: 4,
      ipv4PerInterface: 50,
      maxPods: 198,
      capacityBlocks: true,
      topologyLayers: 4,
      source: "given by the user",
      read: "2026-11-24",
    });
    expect(missingFacts(facts)).toEqual([]);
    expect(Object.isFrozen(facts)).toBe(true);
    expect(efaInterfaces(facts, "ip-optimized")).toHaveLength(17);
  });

  test("keeps unknown what is left out, and says what is missing or assumed", () => {
    const facts = Machine.aws({ name: "p9.48xlarge", accelerator: "r300" });
    expect(facts).not.toHaveProperty("memoryGib");
    expect(facts).toMatchObject({ acceleratorCount: 1, arch: "amd64", efaMax: 0, topologyLayers: 3 });
    expect(missingFacts(facts)).toEqual([
      "vcpu",
      "memoryGib",
      "networkGbps",
      "localNvmeGb",
      "networkCards",
      "interfacesOnFirstCard",
      "ipv4PerInterface",
      "maxPods",
      "acceleratorCount",
      "arch",
      "efaMax",
      "capacityBlocks",
      "topologyLayers",
    ]);
  });

  test("without an accelerator has none", () => {
    const facts = Machine.google({ name: "n9-standard-4", vcpu: 4, memoryGib: 16, arch: "amd64" });
    expect(facts).toMatchObject({ acceleratorCount: 0 });
    expect(missingFacts(facts)).toEqual(["networkGbps", "localNvmeGb"]);
  });

  test("can be of any provider", () => {
    const google = {
      name: "a5-highgpu-8g",
      accelerator: "r300",
      acceleratorCount: 8,
      gkeAccelerator: "nvidia-r300",
    };
    expect(Machine.google({ ...google, gpuDirect: "RDMA", spot: false })).toMatchObject({
      ...google,
      spot: false,
    });
    const coreWeave = { name: "vr200-4x", accelerator: "r300", acceleratorCount: 4, machinesPerRack: 18 };
    expect(Machine.coreWeave({ ...coreWeave, fabric: "roce" })).toMatchObject({
      ...coreWeave,
      fabric: "roce",
    });
    const onPrem = { name: "our-box", accelerator: "l4", acceleratorCount: 2, systemPowerWatts: 450 };
    expect(Machine.onPrem(onPrem)).toMatchObject(onPrem);
  });
});

describe("a machine type that the catalogue knows", () => {
  test("cannot be given another value than a source states", () => {
    expect(codes(() => Machine.aws({ name: "p5.48xlarge", vcpu: 96 }))).toEqual(["ContradictsCatalogue"]);
    expect(codes(() => Machine.aws({ name: "p5.48xlarge", accelerator: "h200" }))).toEqual([
      "ContradictsCatalogue",
    ]);
    expect(codes(() => Machine.google({ name: "g2-standard-12", vcpu: 8 }))).toEqual([
      "ContradictsCatalogue",
    ]);
    expect(codes(() => Machine.coreWeave({ name: "b200-8x", vcpu: 8 }))).toEqual(["ContradictsCatalogue"]);
    expect(codes(() => Machine.onPrem({ name: "hgx-h200", accelerator: "h100" }))).toEqual([
      "ContradictsCatalogue",
    ]);
  });

  test("may be given what is unknown there", () => {
    const facts = Machine.aws({ name: "trn2.48xlarge", networkCards: 16 });
    expect(facts).toMatchObject({
      ...awsMachineFacts("trn2.48xlarge"),
      source: expect.any(String),
      networkCards: 16,
    });
    expect(facts.source).toMatch(/karpenter.*; given by the user$/);
    expect(missingFacts(facts)).not.toContain("networkCards");
  });

  test("may be given a layout of interfaces", () => {
    const interfaces = [{ networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" }] as const;
    const facts = Machine.aws({ name: "p5.48xlarge", interfaces });
    expect(facts.interfaces).toEqual(interfaces);
    expect(efaInterfaces(facts, "ip-optimized")).toEqual(interfaces);
  });

  test("may be corrected where the catalogue only guesses", () => {
    expect(Machine.onPrem({ name: "hgx-h200", memoryGib: 1024 })).toMatchObject({
      accelerator: "h200",
      memoryGib: 1024,
      systemPowerWatts: 10_200,
    });
  });

  test("is told as it stands when nothing is given but the name", () => {
    expect(Machine.aws({ name: "p5.48xlarge" })).toMatchObject({ efaMax: 32, acceleratorCount: 8 });
  });

  test("misses only what no source has", () => {
    const missing = (rows: readonly Parameters<typeof missingFacts>[0][]) =>
      Object.fromEntries(rows.map((row) => [row.name, missingFacts(row)]));
    expect(missing(AWS_MACHINES)).toMatchObject({
      "p5.48xlarge": [],
      "g6.xlarge": [],
      "trn2.48xlarge": ["networkCards", "interfacesOnFirstCard", "ipv4PerInterface"],
      "p6e-gb200.36xlarge": ["ipv4PerInterface", "maxPods"],
    });
    expect(missing(GOOGLE_MACHINES)).toMatchObject({
      "a3-ultragpu-8g": [],
      "g2-standard-4": ["networkGbps"],
    });
    expect(missing(COREWEAVE_MACHINES)).toMatchObject({ "b200-8x": [], "gb200-4x": ["localNvmeGb"] });
    expect(missing(ON_PREM_NODES)).toMatchObject({ "hgx-h200": [] });
  });
});

describe("facts that cannot be", () => {
  test.each(["", "p5", "P5.48xlarge", "p5.", ".large", "p5.48 xlarge", `p5.${"x".repeat(63)}`, undefined, 5])(
    "EC2 instance type %j",
    (name) => {
      expect(aws({ name })).toEqual(["InvalidMachineType"]);
    },
  );

  test("names of other providers", () => {
    expect(codes(() => Machine.google({ name: "p5.48xlarge" }))).toEqual(["InvalidMachineType"]);
    expect(codes(() => Machine.coreWeave({ name: "p5.48xlarge" }))).toEqual(["InvalidMachineType"]);
    expect(codes(() => Machine.onPrem({ name: "Our Box" }))).toEqual(["InvalidMachineType"]);
  });

  test.each([
    [{ vcpu: 0 }, "NumberOutOfRange"],
    [{ memoryGib: -1 }, "NumberOutOfRange"],
    [{ networkGbps: "100" }, "NumberOutOfRange"],
    [{ localNvmeGb: -1 }, "NumberOutOfRange"],
    [{ localNvmeGb: 0.5 }, "NumberOutOfRange"],
    [{ maxPods: 0 }, "NumberOutOfRange"],
    [{ efaMax: -1 }, "NumberOutOfRange"],
    [{ efaMax: 65 }, "NumberOutOfRange"],
    [{ efaMax: 5, networkCards: 4 }, "InterfacesExceedCards"],
    [{ topologyLayers: 5 }, "NotOneOf"],
    [{ capacityBlocks: "yes" }, "NotOneOf"],
    [{ mig: "no" }, "NotOneOf"],
    [{ arch: "x86_64" }, "NotOneOf"],
    [{ accelerator: "H400" }, "InvalidAcceleratorName"],
    [{ accelerator: "h400", acceleratorCount: 0 }, "AcceleratorWithoutCount"],
    [{ acceleratorCount: 1 }, "AcceleratorWithoutCount"],
    [{ accelerator: "h400", acceleratorCount: 73 }, "NumberOutOfRange"],
    [{ accelerator: "h400", acceleratorCount: 1.5 }, "NumberOutOfRange"],
    [{ accelerator: "l4", acceleratorFraction: 1 }, "AcceleratorWithoutCount"],
    [{ accelerator: "l4", acceleratorFraction: 0 }, "NumberOutOfRange"],
    [{ interfaces: [{ networkCardIndex: -1, deviceIndex: 0, interfaceType: "efa" }] }, "NumberOutOfRange"],
    [{ interfaces: [{ networkCardIndex: 0, deviceIndex: 64, interfaceType: "efa" }] }, "NumberOutOfRange"],
    [{ interfaces: [{ networkCardIndex: 0, deviceIndex: 0, interfaceType: "ena" }] }, "NotOneOf"],
    [{ memoryGib: null }, "MissingValue"],
    [{ read: "yesterday" }, "InvalidDay"],
  ])("%j: %s", (props, code) => {
    expect(aws(props)).toEqual([code]);
  });

  test.each([
    [{ localSsdCount: -1 }, "NumberOutOfRange"],
    [{ extraNetworks: { gvnicNetworks: -1, rdmaSubnets: 0 } }, "NumberOutOfRange"],
    [{ extraNetworks: { gvnicNetworks: 1, rdmaSubnets: 1.5 } }, "NumberOutOfRange"],
    [{ gkeAccelerator: " " }, "MissingValue"],
    [{ gpuDirect: "TCP" }, "NotOneOf"],
  ])("of Google %j: %s", (props, code) => {
    expect(codes(() => Machine.google({ name: "a9-highgpu-8g", ...props } as never))).toEqual([code]);
  });

  test("of CoreWeave and of one's own hall", () => {
    expect(codes(() => Machine.coreWeave({ name: "x-8x", machinesPerRack: 0 }))).toEqual([
      "NumberOutOfRange",
    ]);
    expect(codes(() => Machine.coreWeave({ name: "x-8x", fabric: "ethernet" } as never))).toEqual([
      "NotOneOf",
    ]);
    expect(codes(() => Machine.onPrem({ name: "x", systemPowerWatts: 0 }))).toEqual(["NumberOutOfRange"]);
  });

  test("as many EFA interfaces as cards are right", () => {
    expect(Machine.aws({ name: "p9.48xlarge", efaMax: 4, networkCards: 4 }).efaMax).toBe(4);
  });

  test("tokens, wherever they are", () => {
    const token = Token.asString({ a: 1 });
    expect(
      aws({ name: token, vcpu: Token.asNumber({ a: 1 }), ultraServers: { x: Token.asNumber({ b: 1 }) } }),
    ).toEqual(["TokenNotAllowed", "TokenNotAllowed", "TokenNotAllowed"]);
  });

  test("any text is used or refused, never worse", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (name, text) => {
        for (const make of [Machine.aws, Machine.google, Machine.coreWeave, Machine.onPrem]) {
          try {
            make({ name, accelerator: text, acceleratorCount: 1, read: text } as never);
          } catch (error) {
            expect(ValidationError.is(error)).toBe(true);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
