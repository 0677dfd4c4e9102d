import type { IConstruct } from "constructs";

function key(name: string): symbol {
  return Symbol.for(`cdktf-hybrid-ai/kubernetes/${name}`);
}

/** Notes a fact on a construct. Another copy of this package can read it too. */
export function mark(construct: IConstruct, name: string, value: unknown): void {
  Object.defineProperty(construct, key(name), { value });
}

/** A fact noted with `mark`; undefined if there is none. */
export function marked<T>(construct: IConstruct, name: string): T | undefined {
  return (construct as unknown as Record<symbol, T | undefined>)[key(name)];
}

/** True the first time that it is asked for this construct and name. */
export function firstTime(construct: IConstruct, name: string): boolean {
  if (marked(construct, name) !== undefined) {
    return false;
  }
  mark(construct, name, true);
  return true;
}
