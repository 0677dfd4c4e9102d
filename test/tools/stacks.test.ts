import {
  inDependencyOrder,
  placeOf,
  providerSource,
  providersOf,
  resourceCounts,
} from "../../tools/lib/stacks";
import { UserError } from "../../tools/lib/user-error";

const stack = (name: string, ...dependencies: string[]) => ({ name, dependencies });
const names = (stacks: readonly { name: string }[]) => stacks.map(({ name }) => name);

describe("order of stacks", () => {
  test("a stack comes after all it depends on, also through others", () => {
    const order = names(inDependencyOrder([stack("a", "c"), stack("b", "a"), stack("c", "d"), stack("d")]));
    expect(order).toEqual(["d", "c", "a", "b"]);
  });

  test("does not depend on the order of declaration", () => {
    const stacks = [stack("x"), stack("m", "x"), stack("b"), stack("a", "m", "b")];
    expect(names(inDependencyOrder([...stacks].reverse()))).toEqual(names(inDependencyOrder(stacks)));
  });

  test("a dependency outside the chosen stacks is no obstacle", () => {
    expect(names(inDependencyOrder([stack("b", "gone"), stack("a")]))).toEqual(["a", "b"]);
  });

  test("a circle is an error that names it", () => {
    const circle = () => inDependencyOrder([stack("a", "b"), stack("b", "a")]);
    expect(circle).toThrow(UserError);
    expect(circle).toThrow("a -> b -> a");
  });
});

describe("what a stack holds", () => {
  test.each([
    ["aws", "hashicorp/aws"],
    ["hashicorp/aws", "hashicorp/aws"],
    ["registry.terraform.io/hashicorp/aws", "hashicorp/aws"],
    ["integrations/github", "integrations/github"],
  ])("the source %s means %s", (written, meant) => {
    expect(providerSource(written)).toBe(meant);
  });

  test("providers with versions, sorted; none given means any", () => {
    const json = {
      terraform: {
        required_providers: { google: { source: "google" }, aws: { source: "aws", version: "~> 6.25" } },
      },
    };
    expect(providersOf(json)).toEqual([
      { name: "aws", source: "hashicorp/aws", version: "~> 6.25" },
      { name: "google", source: "hashicorp/google", version: "any" },
    ]);
  });

  test("resources by type, most first, then by name", () => {
    const json = { resource: { b: { x: {} }, c: { x: {}, y: {} }, a: { x: {} } } };
    expect(resourceCounts(json)).toEqual([
      ["c", 2],
      ["a", 1],
      ["b", 1],
    ]);
  });

  test("phase, site and state are told by the stack, else a dash", () => {
    const hybridAi = { site: "ireland", siteKind: "aws", phase: "foundation", state: "s3://b/k" };
    expect(placeOf({ "//": { metadata: { hybridAi } } })).toEqual({
      phase: "foundation",
      site: "ireland (aws)",
      state: "s3://b/k",
    });
    expect(placeOf({})).toEqual({ phase: "-", site: "-", state: "-" });
  });
});
