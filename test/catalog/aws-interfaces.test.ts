import { checkInterfaces, efaInterfaces } from "../../lib/catalog/aws-interfaces";
import { AWS_MACHINES, awsMachineFacts } from "../../lib/catalog/aws-machines";
import type { AwsMachineFacts, InterfaceFacts } from "../../lib/catalog/facts";
import { LAYOUTS } from "./interface-layouts";

const KINDS = { IF: "interface", E: "efa", EO: "efa-only" } as const;

/** `IF0/0 EO0/1` as data. */
function layout(text: string): readonly InterfaceFacts[] {
  return text
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [, kind, card, device] = /^(IF|EO|E)(\d+)\/(\d+)$/.exec(entry)!;
      return {
        networkCardIndex: Number(card),
        deviceIndex: Number(device),
        interfaceType: KINDS[kind as keyof typeof KINDS],
      };
    });
}

const machine = (name: string) => awsMachineFacts(name)!;
const rules = (name: string, text: string) =>
  checkInterfaces(machine(name), layout(text)).map(({ rule }) => rule);

describe("interfaces of a machine with EFA", () => {
  test.each(LAYOUTS)("%s, %s, are those that were published, one by one", (name, kind, text) => {
    expect(efaInterfaces(machine(name), kind)).toEqual(layout(text));
  });

  test("are laid out of every type that has EFA, and of none that has not", () => {
    for (const row of AWS_MACHINES) {
      for (const kind of ["ip-optimized", "bandwidth-optimized"] as const) {
        const made = efaInterfaces(row, kind);
        expect(made === undefined).toBe(row.efaMax === 0);
        expect(checkInterfaces(row, made ?? [])).toEqual(
          made === undefined ? [expect.objectContaining({ rule: "primary-missing" })] : [],
        );
      }
    }
  });

  test("use all EFA that there is, but on GB200, where two cards share a network card", () => {
    const efas = (row: AwsMachineFacts) =>
      efaInterfaces(row, "ip-optimized")!.filter(({ interfaceType }) => interfaceType !== "interface").length;
    const fewer = AWS_MACHINES.filter((row) => row.efaMax > 0 && efas(row) !== row.efaMax);
    expect(fewer.map(({ name }) => name)).toEqual(["p6e-gb200.36xlarge"]);
    expect(efas(machine("p6e-gb200.36xlarge"))).toBe(4);
  });

  test("have one IP interface when optimized for addresses", () => {
    for (const row of AWS_MACHINES.filter(({ efaMax }) => efaMax > 0)) {
      const plain = efaInterfaces(row, "ip-optimized")!.filter(
        ({ interfaceType }) => interfaceType === "interface",
      );
      expect(plain).toEqual([{ networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" }]);
    }
  });

  test.each([
    ["p5.48xlarge", 8],
    ["p5en.48xlarge", 8],
    ["p6-b200.48xlarge", 8],
    ["p6-b300.48xlarge", 17],
    ["p6e-gb200.36xlarge", 5],
    ["g6e.48xlarge", 1],
  ])("of %s optimized for bandwidth have %i IP interfaces", (name, count) => {
    const plain = efaInterfaces(machine(name), "bandwidth-optimized")!.filter(
      ({ interfaceType }) => interfaceType === "interface",
    );
    expect(plain).toHaveLength(count);
  });

  test("of a type that nobody knows follow the rule of AWS", () => {
    const unknown = { name: "p9.48xlarge", efaMax: 4, networkCards: 4 };
    expect(efaInterfaces(unknown, "ip-optimized")).toEqual(layout("IF0/0 EO0/1 EO1/0 EO2/0 EO3/0"));
    expect(efaInterfaces(unknown, "bandwidth-optimized")).toEqual(efaInterfaces(unknown, "ip-optimized"));
  });

  test("use device 0 of further cards, also where these take a single interface", () => {
    const single = {
      name: "p9.48xlarge",
      efaMax: 2,
      networkCards: 2,
      interfacesOnFirstCard: 4,
      interfacesOnOtherCards: 1,
    };
    const made = efaInterfaces(single, "ip-optimized")!;
    expect(made).toEqual(layout("IF0/0 EO0/1 EO1/0"));
    expect(checkInterfaces(single, made)).toEqual([]);
    expect(checkInterfaces(single, layout("IF0/0 EO0/1 EO1/1"))).toEqual([
      {
        rule: "device-out-of-range",
        interface: { networkCardIndex: 1, deviceIndex: 1, interfaceType: "efa-only" },
        allowed: "a device from 0 to 0 on card 1",
      },
    ]);
  });

  test("are those that a user wrote for the machine, whatever the layout", () => {
    const interfaces = layout("IF0/0 E1/0");
    const own = { ...machine("p5.48xlarge"), interfaces };
    expect(efaInterfaces(own, "ip-optimized")).toEqual(interfaces);
    expect(efaInterfaces(own, "bandwidth-optimized")).toEqual(interfaces);
  });

  test("leave the first card to IP where it takes a single interface", () => {
    const single = { name: "p9.48xlarge", efaMax: 2, networkCards: 2, interfacesOnFirstCard: 1 };
    expect(efaInterfaces(single, "ip-optimized")).toEqual(layout("IF0/0 EO1/0"));
  });
});

describe("a layout by hand", () => {
  test("that is right is passed", () => {
    expect(rules("p5.48xlarge", "IF0/0 EO0/1 E1/0 EO2/1")).toEqual([]);
    expect(rules("g5.xlarge", "IF0/0 IF0/1 IF0/2 IF0/3")).toEqual([]);
    expect(rules("p6e-gb200.36xlarge", "IF0/0 E2/0 EO1/0")).toEqual([]);
  });

  test.each([
    ["", ["primary-missing"]],
    ["EO0/1", ["primary-missing"]],
    ["E0/0 EO1/0", ["primary-missing"]],
    ["EO0/0", ["primary-missing"]],
    ["IF1/0", ["primary-missing"]],
  ])("%j has no ordinary interface at card 0, device 0", (text, expected) => {
    expect(
      checkInterfaces(machine("p5.48xlarge"), text === "" ? [] : layout(text)).map(({ rule }) => rule),
    ).toEqual(expected);
  });

  test("may use each card and device once", () => {
    expect(rules("p5.48xlarge", "IF0/0 EO1/0 IF1/0")).toEqual(["duplicate-device"]);
    expect(rules("p5.48xlarge", "IF0/0 IF0/0 IF0/0")).toEqual(["duplicate-device", "duplicate-device"]);
  });

  test("may have one EFA-only on each card", () => {
    expect(rules("p5.48xlarge", "IF0/0 EO1/0 EO1/1")).toEqual(["efa-only-twice-on-card"]);
  });

  test("must stay within the cards", () => {
    expect(rules("p5.48xlarge", "IF0/0 EO31/1")).toEqual([]);
    expect(rules("p5.48xlarge", "IF0/0 EO32/1")).toEqual(["card-out-of-range"]);
    const negative = [
      ...layout("IF0/0"),
      { networkCardIndex: -1, deviceIndex: 0.5, interfaceType: "interface" as const },
    ];
    expect(checkInterfaces(machine("p5.48xlarge"), negative).map(({ rule }) => rule)).toEqual([
      "card-out-of-range",
      "device-out-of-range",
    ]);
  });

  test("must stay within the devices of a card", () => {
    expect(rules("p5.48xlarge", "IF0/0 IF0/1")).toEqual([]);
    expect(rules("p5.48xlarge", "IF0/0 IF0/2")).toEqual(["device-out-of-range"]);
    expect(rules("p6e-gb200.36xlarge", "IF0/0 EO1/2 EO3/3")).toEqual(["device-out-of-range"]);
  });

  test("may have EFA only on a type that has it", () => {
    expect(rules("g5.xlarge", "IF0/0 EO0/1")).toEqual(["efa-not-supported"]);
    expect(checkInterfaces(machine("g5.xlarge"), layout("IF0/0 E0/1"))[0]?.allowed).toContain(
      "g5.xlarge has no EFA",
    );
  });

  test("may have no EFA on card 0 of P6-B300", () => {
    expect(rules("p6-b300.48xlarge", "IF0/0 EO0/1")).toEqual(["card-without-efa"]);
    expect(rules("p6-b300.48xlarge", "IF0/0 E0/1")).toEqual(["card-without-efa"]);
    expect(rules("p6-b300.48xlarge", "IF0/0 EO16/1")).toEqual([]);
  });

  test("may have EFA-only on the odd cards of P6e-GB200, and EFA with IP on the even ones", () => {
    expect(rules("p6e-gb200.36xlarge", "IF0/0 EO2/1")).toEqual(["card-without-efa"]);
    expect(rules("p6e-gb200.36xlarge", "IF0/0 E2/1")).toEqual([]);
    const [finding] = checkInterfaces(machine("p6e-gb200.36xlarge"), layout("IF0/0 EO2/1"));
    expect(finding?.allowed).toBe("efa-only on card 1, 3, 5, 7, 9, 11, 13, 15");
  });

  test("may have as much EFA as the type takes", () => {
    expect(rules("p6-b300.48xlarge", `IF0/0 ${range(1, 16, (card) => `EO${card}/0`)}`)).toEqual([]);
    expect(rules("g6e.24xlarge", "IF0/0 EO0/1 EO1/0")).toEqual([]);
    expect(rules("g6e.24xlarge", "IF0/0 EO0/1 EO1/0 E1/1")).toEqual(["too-many-efa"]);
  });

  test("is told everything that is wrong at once", () => {
    expect(new Set(rules("g6e.24xlarge", "EO0/1 EO0/2 E1/0 EO5/20"))).toEqual(
      new Set([
        "primary-missing",
        "efa-only-twice-on-card",
        "card-out-of-range",
        "device-out-of-range",
        "too-many-efa",
      ]),
    );
  });

  test("is not checked against facts that are unknown", () => {
    expect(checkInterfaces({ name: "x9.large", efaMax: 64 }, layout("IF0/0 EO40/7"))).toEqual([]);
  });
});

function range(first: number, last: number, text: (value: number) => string): string {
  return Array.from({ length: last - first + 1 }, (_, index) => text(first + index)).join(" ");
}
