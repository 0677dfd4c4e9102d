import { loadOnFirstUse, nameFiles } from "../../tools/build/on-first-use";
import { makeRoom, roomOf, throughRooms } from "../../tools/build/rooms";

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

describe("rooms", () => {
  test("are folders; entries, indexes and the catalogue's tables stay files", () => {
    const modules = ["lib/core/naming", "lib/aws", "lib/cluster/index", "lib/catalog/prices", "stacks/phase"];
    expect(modules.map(roomOf)).toEqual(["lib/core", undefined, undefined, undefined, "stacks"]);
  });

  test("are entered from elsewhere, and not left for a module of the same room", () => {
    const code = [
      'require("./naming.js").a;',
      'require("../fabric/site.js").b;',
      'require("./deep/x.js");',
      'require("../catalog/prices.js");',
    ].join("\n");
    expect(throughRooms("lib/core/tags", code).split("\n")).toEqual([
      'loadHere("naming").a;',
      'require("../fabric/room.js")("site").b;',
      'require("./deep/room.js")("x");',
      'require("../catalog/prices.js");',
    ]);
  });

  test("make each module when it is first asked for, once", () => {
    const code = makeRoom([
      { name: "a", code: '"use strict";\nmade.push("a");\nexports.twice = () => loadHere("b").one * 2;\n' },
      { name: "b", code: '"use strict";\nmade.push("b");\nexports.one = 1;\n' },
    ]);
    const [made, module]: [string[], { exports?: (name: string) => { twice(): number } }] = [[], {}];
    new Function("module", "made", code)(module, made);
    const a = module.exports!("a");
    expect(made).toEqual(["a"]);
    expect([a.twice(), a.twice(), module.exports!("a")]).toEqual([2, 2, a]);
    expect(made).toEqual(["a", "b"]);
  });
});
