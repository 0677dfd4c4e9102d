import { loadOnFirstUse, nameFiles } from "../../tools/build/on-first-use";

describe("loadOnFirstUse", () => {
  test("loads a module where something of it is first used, a re-export when it is asked for", () => {
    const code = [
      'const site_1 = require("./site");',
      'var zone_1 = require("@a/zone");',
      'Object.defineProperty(exports, "Zone", { enumerable: true, get: function () { return zone_1.Zone; } });',
      "exports.site = (0, site_1.makeSite)(site_1.KIND);",
    ].join("\n");
    expect(loadOnFirstUse(code).split("\n")).toEqual([
      "let site_1;",
      "let zone_1;",
      'Object.defineProperty(exports, "Zone", { enumerable: true, get: function () { return (zone_1 ??= require("@a/zone")).Zone; } });',
      'exports.site = (0, (site_1 ??= require("./site")).makeSite)((site_1 ??= require("./site")).KIND);',
    ]);
  });

  test("loads each module once", () => {
    const loaded: string[] = [];
    const load = (name: string) => {
      loaded.push(name);
      return { a: 1, b: 2 };
    };
    const code = 'const x_1 = require("./x");\nconst y_1 = require("./y");\nreturn x_1.a + x_1.b;';
    expect(new Function("require", loadOnFirstUse(code))(load)).toBe(3);
    expect(loaded).toEqual(["./x"]);
  });

  test("leaves a require inside code, and names that only look alike", () => {
    const code = 'const load = () => require("./late");\nconst site_1x = site_12.a;';
    expect(loadOnFirstUse(`const site_1 = require("./site");\n${code}`)).toBe(`let site_1;\n${code}`);
    expect(loadOnFirstUse(code)).toBe(code);
  });

  test("refuses a module that is used as a whole", () => {
    const code = 'const site_1 = require("./site");\nexports.all = { ...site_1 };';
    expect(() => loadOnFirstUse(code)).toThrow('"./site" is not used by the names of what it exports');
  });
});

test("nameFiles names files, and the index of folders", () => {
  const code = '(a ??= require("../site")).b; require("./lakehouse"); require("constructs");';
  expect(nameFiles(code, (path) => path === "../site")).toBe(
    '(a ??= require("../site.js")).b; require("./lakehouse/index.js"); require("constructs");',
  );
});
