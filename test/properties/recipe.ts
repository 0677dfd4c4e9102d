import type { Make } from "./support";

/** Something to make from plain data that uses as many props as go together: any part of it can be changed. */
export interface Recipe<P = Record<string, unknown>> {
  readonly name: string;
  readonly make: Make<P>;
  readonly props: P;
  /** Paths of what is documented as "may be a token": it comes out where it was put in. */
  readonly mayBeTokens: readonly string[];
  /** Ends of paths at which the code does not yet do what is asked of it; with "token " before it only of tokens. */
  readonly notYet?: readonly string[];
}

export const recipe = <P>(
  name: string,
  make: Make<P>,
  props: P,
  mayBeTokens: readonly string[] = [],
  notYet: readonly string[] = [],
): Recipe => ({ name, make, props, mayBeTokens, notYet }) as unknown as Recipe;
