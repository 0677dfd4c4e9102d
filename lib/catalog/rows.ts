/** One line of a text table: a cell by column, `undefined` where the table has `-`. */
export type Cells = Readonly<Record<string, string | undefined>>;

/**
 * Reads a table that is written as text: the first line names the columns, `-` is unknown. Plain loops here and in `row`,
 * because every program with accelerators reads hundreds of lines.
 */
export function readTable(text: string): readonly Cells[] {
  const [head, ...lines] = text.trim().split("\n");
  const columns = head!.trim().split(/\s+/);
  return lines.map((line) => {
    const values = line.trim().split(/\s+/);
    const cells: Record<string, string | undefined> = {};
    columns.forEach((column, index) => {
      cells[column] = values[index] === "-" ? undefined : values[index];
    });
    return cells;
  });
}

/** A cell as a number; `undefined` stays `undefined`. */
export function numberIn(cells: Cells, column: string): number | undefined {
  const cell = cells[column];
  return cell === undefined ? undefined : Number(cell);
}

/** The row without the properties that are not known, frozen. */
export function row<T extends object>(facts: T): Readonly<T> {
  const known: Partial<T> = {};
  for (const key of Object.keys(facts) as (keyof T)[]) {
    if (facts[key] !== undefined) {
      known[key] = facts[key];
    }
  }
  return Object.freeze(known as T);
}

/** A look-up by name that also survives names such as `constructor`. */
export function byName<T extends { readonly name: string }>(
  rows: readonly T[],
): (name: string) => T | undefined {
  const index = new Map(rows.map((entry) => [entry.name, entry]));
  return (name) => index.get(name);
}
