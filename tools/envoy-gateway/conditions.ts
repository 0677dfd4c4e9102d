// biome-ignore lint/suspicious/noExplicitAny: what egctl prints
type Printed = any;

/** One condition of the status of one object. */
export interface Condition {
  readonly object: string;
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

/** All conditions in what `egctl x translate --to gateway-api -o json` prints, at whatever depth. */
export function conditionsOf(printed: Printed): readonly Condition[] {
  return Object.entries(printed)
    .filter(([list]) => list !== "xds")
    .flatMap(([list, objects]) =>
      [objects].flat().flatMap((object: Printed) => {
        const name = `${list}/${object?.metadata?.name ?? "?"}`;
        return within(object?.status).map(({ type, status, message }) => ({
          object: name,
          type,
          status,
          message,
        }));
      }),
    );
}

function within(value: Printed): readonly Printed[] {
  if (value === null || typeof value !== "object") {
    return [];
  }
  const own = Array.isArray(value) ? [] : (value.conditions ?? []);
  return [...own, ...Object.values(value).flatMap(within)];
}
