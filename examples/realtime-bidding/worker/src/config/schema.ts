/** What is wrong with one field of the configuration. */
export interface FieldError {
  /** As in `model.retryBudget.ratio` or `lookups[0].keys`. */
  readonly path: string;
  readonly message: string;
}

/** Reads one value: what is wrong goes to `errors`, and all of it is found in one pass. */
export interface Field<T> {
  read(value: unknown, path: string, errors: FieldError[]): T;
  /** Paths of everything that can be set below here. */
  paths(path: string): readonly string[];
  readonly optional?: boolean;
}

export type Read<F> = F extends Field<infer T> ? T : never;

type Fields = Readonly<Record<string, Field<unknown>>>;
type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends Read<F[K]> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Read<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Read<F[K]>;
};

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));
const leaf = (path: string) => [path];

function scalar<T>(expected: string, accepts: (value: unknown) => boolean): Field<T> {
  return {
    read(value, path, errors) {
      if (!accepts(value)) {
        errors.push({ path, message: `${expected} is expected, ${shown(value)} was given` });
      }
      return value as T;
    },
    paths: leaf,
  };
}

export const text = (pattern?: RegExp, what = "text"): Field<string> =>
  scalar(what, (value) => typeof value === "string" && value !== "" && (pattern?.test(value) ?? true));

export const flag = (): Field<boolean> => scalar("true or false", (value) => typeof value === "boolean");

/** Limits belong to the range. */
export const whole = (min: number, max: number): Field<number> =>
  scalar(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );

export const decimal = (min: number, max: number): Field<number> =>
  scalar(
    `a number from ${min} to ${max}`,
    (value) => typeof value === "number" && value >= min && value <= max,
  );

export const oneOf = <const T extends string>(...allowed: readonly T[]): Field<T> =>
  scalar(`one of ${allowed.join(", ")}`, (value) => allowed.includes(value as T));

/** Any JSON value, `null` too. */
export const json = (): Field<unknown> => scalar("a JSON value", (value) => value !== undefined);

/** A JSON object of any content. */
export const anyObject = (): Field<Readonly<Record<string, unknown>>> =>
  scalar("an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value));

export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    read: (value, path, errors) => (value === undefined ? undefined : field.read(value, path, errors)),
    paths: (path) => field.paths(path),
    optional: true,
  };
}

export function list<T>(item: Field<T>, min = 0): Field<readonly T[]> {
  return {
    read(value, path, errors) {
      if (!Array.isArray(value) || value.length < min) {
        errors.push({ path, message: `a list of ${min} or more is expected, ${shown(value)} was given` });
        return [];
      }
      return value.map((each, index) => item.read(each, `${path}[${index}]`, errors));
    },
    paths: (path) => item.paths(`${path}[]`),
  };
}

export function object<F extends Fields>(fields: F): Field<ObjectOf<F>> {
  const below = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);
  return {
    read(value, path, errors) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        errors.push({ path, message: `an object is expected, ${shown(value)} was given` });
        return {} as ObjectOf<F>;
      }
      const given = value as Readonly<Record<string, unknown>>;
      for (const name of Object.keys(given)) {
        if (!(name in fields)) {
          errors.push({ path: below(path, name), message: "is not a field of this version of the worker" });
        }
      }
      return Object.fromEntries(
        Object.entries(fields)
          .map(([name, field]) => [name, field.read(given[name], below(path, name), errors)])
          .filter(([, read]) => read !== undefined),
      );
    },
    paths: (path) => Object.entries(fields).flatMap(([name, field]) => field.paths(below(path, name))),
  };
}

type Cases = Readonly<Record<string, Field<object>>>;

/** One of several objects; the text field `tag` says which. */
export function tagged<Tag extends string, C extends Cases>(
  tag: Tag,
  cases: C,
): Field<{ [K in keyof C]: Read<C[K]> & { readonly [T in Tag]: K } }[keyof C]> {
  return {
    read(value, path, errors) {
      const given = (value ?? {}) as Readonly<Record<string, unknown>>;
      const name = given[tag];
      const found = typeof name === "string" && Object.hasOwn(cases, name) ? cases[name] : undefined;
      if (found === undefined) {
        const allowed = Object.keys(cases).join(", ");
        errors.push({
          path: path === "" ? tag : `${path}.${tag}`,
          message: `one of ${allowed} is expected, ${shown(name)} was given`,
        });
        return { [tag]: name } as never;
      }
      const { [tag]: _, ...rest } = given;
      return { [tag]: name, ...found.read(rest, path, errors) } as never;
    },
    paths: (path) => [
      `${path}.${tag}`,
      ...new Set(Object.values(cases).flatMap((field) => field.paths(path))),
    ],
  };
}
