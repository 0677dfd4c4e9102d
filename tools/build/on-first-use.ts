/** An import of a value as TypeScript writes it for Node: `const site_1 = require("./site");`. */
const IMPORT = /^(?:const|var) (\w+_\d+) = require\("([^"]+)"\);$/gm;
const RELATIVE = /\brequire\("(\.{1,2}\/[^"]+)"\)/g;

/**
 * Rewrites JavaScript of TypeScript so that a module is loaded when something of it is first used: `site_1.Site` becomes
 * `(site_1 ??= require("./site")).Site`. Written in place, since a function for each import has to be compiled by itself
 * when it is first called, and programs call each a few times only.
 *
 * @throws RangeError if an import is used as a whole, which this cannot rewrite
 */
export function loadOnFirstUse(code: string): string {
  const imports = new Map<string, string>();
  const declared = code.replaceAll(IMPORT, (_, name: string, module: string) => {
    imports.set(name, module);
    return `let ${name};`;
  });
  if (imports.size === 0) {
    return code;
  }
  const used = new RegExp(`(?<!^let )\\b(${[...imports.keys()].join("|")})\\b(.?)`, "gm");
  return declared.replaceAll(used, (_, name: string, next: string) => {
    if (next !== ".") {
      throw new RangeError(`"${imports.get(name)}" is not used by the names of what it exports`);
    }
    return `(${name} ??= require("${imports.get(name)}")).`;
  });
}

/**
 * Names the file in each `require` of a relative path: Node looks for `./site`, then for `./site.js`.
 *
 * @param isFile whether there is a file at a path relative to the code's own, without `.js`
 */
export function nameFiles(code: string, isFile: (path: string) => boolean): string {
  return code.replaceAll(
    RELATIVE,
    (_, path: string) => `require("${isFile(path) ? path : `${path}/index`}.js")`,
  );
}
