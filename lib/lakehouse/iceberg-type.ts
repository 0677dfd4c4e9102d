/**
 * Iceberg's types as values.
 *
 * Source: Iceberg table specification, format version 2, https://iceberg.apache.org/spec/#schemas-and-data-types
 */
export type IcebergType =
  | { readonly kind: "primitive"; readonly name: PrimitiveName }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly kind: "fixed"; readonly length: number }
  | { readonly kind: "list"; readonly element: IcebergType }
  | { readonly kind: "map"; readonly key: IcebergType; readonly value: IcebergType }
  | { readonly kind: "struct"; readonly fields: readonly StructField[] };

export interface StructField {
  readonly name: string;
  readonly type: IcebergType;
}

export const PRIMITIVE_NAMES = [
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "string",
  "uuid",
  "binary",
] as const;

export type PrimitiveName = (typeof PRIMITIVE_NAMES)[number];

/** Types inside types: far more than any engine reads, far less than the stack of JavaScript holds. */
export const MAX_TYPE_DEPTH = 32;

/** The accepted notation, for messages. */
export const TYPE_NOTATION = `${PRIMITIVE_NAMES.join(", ")}, decimal(precision, scale) up to precision 38, fixed(length), list<type>, map<type, type>, struct<name: type, …>, up to ${MAX_TYPE_DEPTH} levels deep`;

class Parser {
  private position = 0;
  private depth = 0;
  constructor(private readonly text: string) {}

  /** @throws SyntaxError */
  parse(): IcebergType {
    const type = this.type();
    if (this.position !== this.text.length) {
      throw new SyntaxError();
    }
    return type;
  }

  private type(): IcebergType {
    if (++this.depth > MAX_TYPE_DEPTH) {
      throw new SyntaxError();
    }
    const type = this.typeOf(this.take(/[a-z]+/y));
    this.depth--;
    return type;
  }

  private typeOf(word: string): IcebergType {
    switch (word) {
      case "decimal": {
        const [precision, scale] = this.numbers(2) as [number, number];
        if (precision < 1 || precision > 38 || scale > precision) {
          throw new SyntaxError();
        }
        return { kind: "decimal", precision, scale };
      }
      case "fixed": {
        const [length] = this.numbers(1) as [number];
        if (length < 1) {
          throw new SyntaxError();
        }
        return { kind: "fixed", length };
      }
      case "list": {
        this.take(/</y);
        const element = this.type();
        this.take(/>/y);
        return { kind: "list", element };
      }
      case "map": {
        this.take(/</y);
        const key = this.type();
        this.take(/,/y);
        const value = this.type();
        this.take(/>/y);
        return { kind: "map", key, value };
      }
      case "struct":
        return { kind: "struct", fields: this.fields() };
      default: {
        const name = PRIMITIVE_NAMES.find((primitive) => primitive === word);
        if (name === undefined) {
          throw new SyntaxError();
        }
        return { kind: "primitive", name };
      }
    }
  }

  private fields(): readonly StructField[] {
    const fields: StructField[] = [];
    this.take(/</y);
    do {
      const name = this.take(/[A-Za-z_][A-Za-z0-9_]*/y);
      this.take(/:/y);
      fields.push({ name, type: this.type() });
    } while (this.take(/[,>]/y) === ",");
    // Engines compare names of fields without case.
    if (new Set(fields.map((field) => field.name.toLowerCase())).size !== fields.length) {
      throw new SyntaxError();
    }
    return fields;
  }

  private numbers(count: number): readonly number[] {
    this.take(/\(/y);
    const numbers: number[] = [];
    for (let index = 0; index < count; index++) {
      if (index > 0) {
        this.take(/,/y);
      }
      numbers.push(Number(this.take(/\d{1,9}/y)));
    }
    this.take(/\)/y);
    return numbers;
  }

  private take(pattern: RegExp): string {
    const space = /\s*/y;
    space.lastIndex = this.position;
    space.exec(this.text);
    pattern.lastIndex = space.lastIndex;
    const match = pattern.exec(this.text);
    if (!match) {
      throw new SyntaxError();
    }
    const trailing = /\s*/y;
    trailing.lastIndex = pattern.lastIndex;
    trailing.exec(this.text);
    this.position = trailing.lastIndex;
    return match[0];
  }
}

/** Reads a type in Iceberg's notation, blanks between its parts allowed; undefined if it is none. */
export function parseIcebergType(text: string): IcebergType | undefined {
  if (typeof text !== "string") {
    return undefined;
  }
  try {
    return new Parser(text).parse();
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Canonical notation of a type. */
export function formatIcebergType(type: IcebergType): string {
  switch (type.kind) {
    case "primitive":
      return type.name;
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "fixed":
      return `fixed(${type.length})`;
    case "list":
      return `list<${formatIcebergType(type.element)}>`;
    case "map":
      return `map<${formatIcebergType(type.key)}, ${formatIcebergType(type.value)}>`;
    case "struct":
      return `struct<${type.fields.map((field) => `${field.name}: ${formatIcebergType(field.type)}`).join(", ")}>`;
  }
}
