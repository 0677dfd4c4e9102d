/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
    ],
  },
  moduleNameMapper: {
    "^\\.{1,2}/(.+/)?stack-trace$": "<rootDir>/test/no-stack-traces.cjs",
    "^cdktf-hybrid-ai$": "<rootDir>/lib/index.ts",
    "^cdktf-hybrid-ai/stacks$": "<rootDir>/stacks/index.ts",
    "^cdktf-hybrid-ai/testing$": "<rootDir>/lib/testing/index.ts",
    "^cdktf-hybrid-ai/(aws|google|kubernetes|catalog|placement)$": "<rootDir>/lib/$1.ts",
    "^(\\.{1,2}/.*)\\.js$": "$1",
  },
  maxWorkers: 2,
};
