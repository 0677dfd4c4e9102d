import { Token } from "cdktf";
import fc from "fast-check";
import { acceleratorFacts } from "../../lib/catalog/accelerators";
import { ValidationError } from "../../lib/core/errors";
import { Accelerator, type AcceleratorProps } from "../../lib/fabric/accelerators";
import { captureValidationError } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const MI300X: AcceleratorProps = { name: "mi300x", vendor: "amd", memoryGib: 192 };
const codes = (props: object) =>
  captureValidationError(() => Accelerator.of({ ...MI300X, ...props } as AcceleratorProps)).codes;

describe("an accelerator that the catalogue does not know", () => {
  test("has the facts that the user gives, and no others", () => {
    const facts = Accelerator.of({
      ...MI300X,
      kind: "gpu",
      resource: "amd.com/gpu",
      peakTflops: { bf16: 1307 },
      scaleUp: { technology: "Infinity Fabric", domain: 8 },
      read: "2026-11-24",
    });
    expect(facts).toEqual({
      name: "mi300x",
      vendor: "amd",
      kind: "gpu",
      resource: "amd.com/gpu",
      memoryGib: 192,
      peakTflops: { bf16: 1307 },
      scaleUp: { technology: "Infinity Fabric", domain: 8 },
      source: "given by the user",
      read: "2026-11-24",
    });
    expect(facts).not.toHaveProperty("unverified");
  });

  test.each([
    ["nvidia", "gpu", "nvidia.com/gpu"],
    ["google", "tpu", "google.com/tpu"],
    ["aws", "neuron", "aws.amazon.com/neuron"],
    ["amd", "gpu", "amd.com/gpu"],
    ["qualcomm", "other", "qualcomm.com/qaic"],
  ] as const)("of %s is a %s that pods ask for as %s, marked as assumed", (vendor, kind, resource) => {
    expect(Accelerator.of({ name: "new", vendor })).toEqual({
      name: "new",
      vendor,
      kind,
      resource,
      source: "given by the user",
      read: "not given",
      unverified: ["kind", "resource"],
    });
  });

  test("is frozen through and through, and does not follow the object that it was made of", () => {
    const peakTflops: { bf16: number } = { bf16: 1307 };
    const facts = Accelerator.of({ ...MI300X, peakTflops });
    peakTflops.bf16 = 1;
    expect(facts.peakTflops).toEqual({ bf16: 1307 });
    expect(Object.isFrozen(facts) && Object.isFrozen(facts.peakTflops)).toBe(true);
    expect(Object.isFrozen(peakTflops)).toBe(false);
  });
});

describe("an accelerator that the catalogue knows", () => {
  test("cannot be given another value than a source states", () => {
    const error = captureValidationError(() =>
      Accelerator.of({ name: "h100", vendor: "nvidia", memoryGib: 96 }),
    );
    expect(error.codes).toEqual(["ContradictsCatalogue"]);
    expect(error.message).toMatch(/memoryGib.*\n.*96\n.*80 \(.*karpenter.*read 2026-11-20\)/);
    expect(codes({ name: "h100", vendor: "amd", memoryGib: 80 })).toEqual(["ContradictsCatalogue"]);
  });

  test("may be given the same, and more", () => {
    const known = acceleratorFacts("t4g")!;
    const facts = Accelerator.of({ name: "t4g", vendor: "nvidia", memoryGib: 16, powerWatts: 70 });
    expect(facts).toMatchObject({ ...known, powerWatts: 70, source: `${known.source}; given by the user` });
  });

  test("may be corrected where no source states the value, which then is the user's", () => {
    const facts = Accelerator.of({ name: "h100", vendor: "nvidia", powerWatts: 650 });
    expect(facts.powerWatts).toBe(650);
    expect(facts.unverified).not.toContain("powerWatts");
    expect(facts.unverified).toContain("peakTflops");
    expect(acceleratorFacts("h100")?.powerWatts).toBe(700);
  });
});

describe("facts that cannot be", () => {
  test.each(["", "H100", "h_100", "-h100", "h100-", "a b", "x".repeat(41), undefined, 7])(
    "name %j",
    (name) => {
      expect(codes({ name })).toEqual(["InvalidAcceleratorName"]);
    },
  );

  test.each(["memoryGib", "memoryBandwidthGBps", "powerWatts", "nicGbps"])(
    "%s of 0, below, or no number",
    (property) => {
      for (const value of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e10, "80"]) {
        expect(codes({ [property]: value })).toEqual(["NumberOutOfRange"]);
      }
      expect(codes({ [property]: null })).toEqual(["MissingValue"]);
      expect(Accelerator.of({ ...MI300X, [property]: 0.5 })).toMatchObject({ [property]: 0.5 });
    },
  );

  test.each([
    [{ vendor: "intel" }, "NotOneOf"],
    [{ kind: "cpu" }, "NotOneOf"],
    [{ resource: "intel.com/gpu" }, "NotOneOf"],
    [{ peakTflops: { fp64: 1 } }, "NotOneOf"],
    [{ peakTflops: { bf16: 0 } }, "NumberOutOfRange"],
    [{ scaleUp: { technology: " ", domain: 8 } }, "MissingValue"],
    [{ scaleUp: { technology: "x", domain: 0 } }, "NumberOutOfRange"],
    [{ scaleUp: { technology: "x", domain: 8, oneWayGBps: 0 } }, "NumberOutOfRange"],
    [{ migProfiles: { "8g.10gb+": 1 } }, "InvalidMigProfile"],
    [{ migProfiles: { "1g.10gb": 0 } }, "NumberOutOfRange"],
    [{ migProfiles: { "1g.10gb": 9 } }, "NumberOutOfRange"],
    [{ gpuProduct: "" }, "MissingValue"],
    [{ read: "24.11.2026" }, "InvalidDay"],
    [{ read: "2026-13-01" }, "InvalidDay"],
  ])("%j: %s", (props, code) => {
    expect(codes(props)).toEqual([code]);
  });

  test("are told all at once", () => {
    expect(codes({ name: "X", memoryGib: 0, read: "today" })).toEqual([
      "InvalidAcceleratorName",
      "NumberOutOfRange",
      "InvalidDay",
    ]);
  });

  test("tokens: facts are computed with", () => {
    const token = Token.asString({ a: 1 });
    expect(
      codes({ name: token, memoryGib: Token.asNumber({ a: 1 }), scaleUp: { technology: token, domain: 8 } }),
    ).toEqual(["TokenNotAllowed", "TokenNotAllowed", "TokenNotAllowed"]);
  });

  test("any text is used or refused, never worse", () => {
    fc.assert(
      fc.property(hostileText, hostileText, (name, text) => {
        try {
          Accelerator.of({ name, vendor: "amd", gpuProduct: text, migProfiles: { [text]: 1 }, read: text });
        } catch (error) {
          expect(ValidationError.is(error)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});
