import { posix } from "node:path";

/** A module of a folder: the name of its file without ending, and its JavaScript. */
export interface RoomModule {
  readonly name: string;
  readonly code: string;
}

/** File of a folder that holds its modules. */
export const ROOM = "room.js";

/** Folders whose modules are entries, or alternatives such as tables of machines, of which a program needs one or two. */
const OF_SINGLE_FILES: ReadonlySet<string> = new Set(["lib", "lib/catalog"]);
const RELATIVE = /\brequire\("(\.{1,2}\/[^"]+)\.js"\)/g;

/** @param module path of a module without ending, such as `lib/core/naming`; undefined if it stays a file of its own */
export function roomOf(module: string): string | undefined {
  const folder = posix.dirname(module);
  return OF_SINGLE_FILES.has(folder) || posix.basename(module) === "index" ? undefined : folder;
}

/** Leads each `require` of a module that is in a room to that room. */
export function throughRooms(module: string, code: string): string {
  const folder = posix.dirname(module);
  return code.replaceAll(RELATIVE, (written, path: string) => {
    const target = posix.join(folder, path);
    const there = roomOf(target);
    if (there === undefined) {
      return written;
    }
    const name = JSON.stringify(posix.basename(target));
    if (there === roomOf(module)) {
      return `loadHere(${name})`;
    }
    const way = posix.relative(folder, posix.join(there, ROOM));
    return `require(${JSON.stringify(way.startsWith(".") ? way : `./${way}`)})(${name})`;
  });
}

/** JavaScript of one file that holds all modules of a folder and gives the one that is asked for, made on first use. */
export function makeRoom(modules: readonly RoomModule[]): string {
  const functions = modules.map(
    ({ name, code }) =>
      `${JSON.stringify(name)}: function (exports) {\n${code.replace(/^"use strict";\n/, "")}}`,
  );
  return `"use strict";
const loaded = new Map();
function loadHere(name) {
  let exports = loaded.get(name);
  if (exports === undefined) {
    exports = {};
    loaded.set(name, exports);
    modules[name](exports);
  }
  return exports;
}
module.exports = loadHere;
const modules = {
${functions.join(",\n")}
};
`;
}
