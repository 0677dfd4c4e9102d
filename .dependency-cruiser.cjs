// The floors of docs/architecture.md: a room imports only from floors below it. Type-only imports count.
const CAPABILITIES =
  "network|lakehouse|cluster|streaming|features|vectors|training|serving|gateway|observability|governance|finops";
const CDKTF = "(^|/)node_modules/(cdktf|cdktn|constructs|@cdktf/)";
const PROVIDER = "(^|/)node_modules/@cdktf/provider-";

const allowedRooms = (name, comment, room, rooms) => ({
  name,
  comment,
  severity: "error",
  from: { path: `^lib/(${room})/` },
  to: { path: "^(lib|stacks|examples|tools|test)/", pathNot: `^lib/(${rooms.join("|")})/` },
});

const entryLoads = (entry, providers) => ({
  name: `${entry}-loads-only-its-providers`,
  comment: "A user of one cloud installs no package of another.",
  severity: "error",
  from: { path: `^lib/${entry}\\.ts$` },
  to: { path: PROVIDER, pathNot: providers ? `${PROVIDER}(${providers})/` : undefined, reachable: true },
});

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "Modules that need each other cannot be understood alone.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    allowedRooms("floor-0-core", "core stands on nothing", "core", ["core"]),
    allowedRooms("floor-0-catalog", "the catalogue stands on nothing", "catalog", ["catalog"]),
    allowedRooms("floor-1-fabric", "fabric stands on core and the catalogue", "fabric", [
      "fabric",
      "core",
      "catalog",
    ]),
    allowedRooms("floor-2-placement", "placement stands on floors 0 and 1", "placement", [
      "placement",
      "core",
      "catalog",
      "fabric",
    ]),
    allowedRooms("floor-2-kubernetes", "the Kubernetes room stands on floors 0 and 1", "kubernetes", [
      "kubernetes",
      "core",
      "catalog",
      "fabric",
    ]),
    allowedRooms("floor-3-capabilities", "capabilities stand on floors 0 to 2", CAPABILITIES, [
      CAPABILITIES,
      "core",
      "catalog",
      "fabric",
      "placement",
      "kubernetes",
    ]),
    {
      name: "floor-3-contracts",
      comment: "One capability knows another only by its contract: <room>/<room>.ts or <room>/index.ts.",
      severity: "error",
      from: { path: `^lib/(${CAPABILITIES})/` },
      to: { path: `^lib/(${CAPABILITIES})/`, pathNot: "^lib/$1/|^lib/([^/]+)/(index|\\1)\\.ts$" },
    },
    {
      name: "floor-4-testing",
      comment: "The test kit is for tests only.",
      severity: "error",
      from: { path: "^(lib|stacks|examples)/", pathNot: "^lib/testing/" },
      to: { path: "^lib/testing/" },
    },
    {
      name: "floor-5-stacks",
      comment: "Stacks compose the library; nothing below knows them.",
      severity: "error",
      from: { path: "^(lib|stacks)/" },
      to: { path: "^(stacks|examples|tools|test)/", pathNot: "^stacks/" },
    },
    {
      name: "lib-below-stacks",
      comment: "Nothing in lib knows the stacks.",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^stacks/" },
    },
    {
      name: "floor-6-examples",
      comment: "An example imports what a user can import: the public entries, by package name.",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(lib|stacks|tools|test)/" },
    },
    {
      name: "entries-are-for-users",
      comment: "The public entries gather; no room imports them.",
      severity: "error",
      from: { path: "^(lib|stacks)/" },
      to: { path: "^(lib|stacks)/(index|aws|google|kubernetes|catalog|placement)\\.ts$" },
    },
    {
      name: "pure-rooms",
      comment: "Facts, fabric and placement are plain values: they load without cdktf.",
      severity: "error",
      from: { path: "^lib/(catalog|fabric|placement)(/|\\.ts$)" },
      to: { path: CDKTF, reachable: true },
    },
    entryLoads("index", undefined),
    entryLoads("aws", "aws"),
    entryLoads("google", "google"),
    entryLoads("kubernetes", "kubernetes|helm"),
    entryLoads("catalog", undefined),
    entryLoads("placement", undefined),
    {
      name: "no-provider-barrel",
      comment: "A provider's barrel loads thousands of modules: import @cdktf/provider-x/lib/<resource>.",
      severity: "error",
      from: {},
      to: { path: `${PROVIDER}[^/]+/lib/(lazy-)?index\\.(js|d\\.ts)$` },
    },
    {
      name: "declared-dependencies",
      comment: "What users load must be a dependency or a peer of the package.",
      severity: "error",
      from: { path: "^(lib|stacks)/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown"],
        dependencyTypesNot: ["npm-peer"],
      },
    },
    {
      name: "everything-resolves",
      comment: "An import that leads nowhere is checked by no other rule.",
      severity: "error",
      from: { path: "^(lib|stacks|tools)/" },
      to: { couldNotResolve: true, pathNot: "^cdktf-hybrid-ai(/|$)" },
    },
  ],
  options: {
    // TypeScript 7 has no parser that other programs can load.
    parser: "swc",
    tsPreCompilationDeps: true,
    // Examples name the package by itself, which leads to what was last built, if something was.
    doNotFollow: { path: "node_modules|^dist/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["require", "node", "default"] },
  },
};
