import { Fn } from "cdktf";
import fc from "fast-check";
import { goDuration, quantity } from "../../lib/kubernetes/quantities";
import { captureValidationError } from "../../lib/testing/template";

describe("quantity", () => {
  test.each([
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["1024Gi", "1Ti"],
    ["1.5Gi", "1536Mi"],
    ["0.5Gi", "512Mi"],
    ["0.5Ki", "512"],
    ["0.1Gi", "107374182400m"],
    ["976.5625Ki", "1M"],
    ["1000", "1k"],
    ["1024", "1024"],
    ["0.5", "500m"],
    [".5", "500m"],
    ["2.", "2"],
    ["0Gi", "0"],
    ["-0", "0"],
    ["-1024Mi", "-1Gi"],
    ["+3", "3"],
    ["1e3", "1e3"],
    ["12e5", "1200e3"],
    ["1E", "1E"],
    ["1E3", "1e3"],
    ["1e-9", "1e-9"],
    ["1n", "1n"],
    ["1000000u", "1"],
    ["7Ei", "7Ei"],
    ["9223372036854775807", "9223372036854775807"],
    [2, "2"],
    [0.25, "250m"],
  ])("%p is what the API server writes as %p", (given, canonical) => {
    expect(quantity(given)).toBe(canonical);
  });

  test.each(["", "Gi", "1 Gi", "1GB", "1KI", "one", "1e", "0x10", "1,5", "--1", "1e1234"])(
    "%p is refused",
    (given) => {
      expect(captureValidationError(() => quantity(given)).code).toBe("InvalidQuantity");
    },
  );

  test.each(["0.5n", "1e-10", "9223372036854775808", "8Ei", "100E", "1e99"])(
    "%p, which Kubernetes would round or cut, is refused",
    (given) => {
      expect(captureValidationError(() => quantity(given)).code).toBe("QuantityNotRepresentable");
    },
  );

  test("a value that only Terraform knows is left alone", () => {
    const token = Fn.join("", ["1", "Gi"]);
    expect(quantity(token)).toBe(token);
  });

  const suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
  const scale: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

  /** An independent reading: the value as a fraction of integers. */
  function fractionOf(text: string): [bigint, bigint] {
    const [, digits = "", fraction = "", suffix = ""] =
      /^(-?\d+)\.?(\d*)([A-Za-z]*|e-?\d+)$/.exec(text) ?? [];
    let numerator = BigInt(digits + fraction);
    let denominator = 10n ** BigInt(fraction.length);
    const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].indexOf(suffix) + 1;
    const power = suffix.startsWith("e") ? Number(suffix.slice(1)) : (scale[suffix] ?? 0);
    numerator *= 1024n ** BigInt(binary);
    numerator *= power > 0 ? 10n ** BigInt(power) : 1n;
    denominator *= power < 0 ? 10n ** BigInt(-power) : 1n;
    return [numerator, denominator];
  }

  const anyQuantity = fc
    .tuple(
      fc.integer({ min: -9999, max: 9999 }),
      fc.constantFrom("", ".5", ".25", ".125", ".1"),
      fc.constantFrom(...suffixes),
    )
    .map(([whole, fraction, suffix]) => `${whole}${fraction}${suffix}`);

  function accepted(text: string): string | undefined {
    try {
      return quantity(text);
    } catch {
      return undefined;
    }
  }

  test("the value never changes, and the canonical form is its own canonical form", () => {
    let checked = 0;
    fc.assert(
      fc.property(anyQuantity, (text) => {
        const canonical = accepted(text);
        if (canonical === undefined) {
          return;
        }
        checked++;
        const [a, b] = fractionOf(text);
        const [c, d] = fractionOf(canonical);
        expect(a * d).toBe(c * b);
        expect(quantity(canonical)).toBe(canonical);
        expect(canonical).not.toContain(".");
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(checked).toBeGreaterThan(1000);
  });

  test("any text is either refused with a code or accepted, never a crash", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(quantity(quantity(text))).toBe(quantity(text));
        } catch {
          expect(["InvalidQuantity", "QuantityNotRepresentable"]).toContain(
            captureValidationError(() => quantity(text)).code,
          );
        }
      }),
      { seed: 2 },
    );
  });
});

describe("goDuration", () => {
  test.each([
    ["240h", "240h0m0s"],
    ["1h", "1h0m0s"],
    ["90s", "1m30s"],
    ["60m", "1h0m0s"],
    ["1.5h", "1h30m0s"],
    ["1500ms", "1.5s"],
    ["0.5s", "500ms"],
    ["1500us", "1.5ms"],
    ["1500ns", "1.5µs"],
    ["1μs", "1µs"],
    ["7ns", "7ns"],
    ["0", "0s"],
    ["0h", "0s"],
    ["1h0m0.001s", "1h0m0.001s"],
    ["1m1m", "2m0s"],
    [".5m", "30s"],
    ["2562047h47m16.854775807s", "2562047h47m16.854775807s"],
  ])("Go writes %p as %p", (given, canonical) => {
    expect(goDuration(given)).toBe(canonical);
  });

  test.each(["", "1", "1d", "1h ", "-1h", "h", ".h", "1.5.5h", "0.5ns", "2562047h47m16.854775808s", "Never"])(
    "%p is refused",
    (given) => {
      expect(captureValidationError(() => goDuration(given)).code).toBe("InvalidDuration");
    },
  );

  test("a value that only Terraform knows is left alone", () => {
    const token = Fn.join("", ["1", "h"]);
    expect(goDuration(token)).toBe(token);
  });

  test("the value never changes, and the canonical form is its own canonical form", () => {
    const nanos: Record<string, bigint> = {
      ns: 1n,
      µs: 1_000n,
      ms: 1_000_000n,
      s: 1_000_000_000n,
      m: 60_000_000_000n,
      h: 3_600_000_000_000n,
    };
    const nanosOf = (text: string) =>
      [...text.matchAll(/(\d+)\.?(\d*)(ns|µs|ms|s|m|h)/g)].reduce(
        (sum, [, whole, fraction = "", unit = ""]) => {
          return sum + (BigInt(`${whole}${fraction}`) * (nanos[unit] ?? 0n)) / 10n ** BigInt(fraction.length);
        },
        0n,
      );
    const part = fc
      .tuple(fc.nat(100_000), fc.constantFrom(...Object.keys(nanos)))
      .map(([n, unit]) => `${n}${unit}`);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const canonical = goDuration(parts.join(""));
        expect(nanosOf(canonical)).toBe(nanosOf(parts.join("")));
        expect(goDuration(canonical)).toBe(canonical);
      }),
      { numRuns: 1000, seed: 3 },
    );
  });
});
