import type { PlacedDomains, Reason } from "../placement";

/** A number with so many digits after the point and none that say nothing. */
export function digits(value: number, after: number): string {
  const factor = 10 ** after;
  return String(Math.round(value * factor) / factor);
}

/** Micro-USD per hour as USD per hour. */
export function usd(micro: number): string {
  return `${digits(micro / 1e6, micro < 1e8 ? 2 : 0)} USD/h`;
}

/** Nanoseconds in a unit that reads well. */
export function duration(nanoseconds: number): string {
  if (nanoseconds >= 1e9) {
    return `${digits(nanoseconds / 1e9, 2)} s`;
  }
  return nanoseconds >= 1e6 ? `${digits(nanoseconds / 1e6, 1)} ms` : `${digits(nanoseconds / 1e3, 1)} us`;
}

/** At most so many of a list, and how many more there are. */
export function some(items: readonly string[], most: number): string {
  return items.length <= most
    ? items.join(", ")
    : `${items.slice(0, most).join(", ")} and ${items.length - most} more`;
}

/** Where in a fabric, in a few words. */
export function where(domains: PlacedDomains): string {
  switch (domains.kind) {
    case "leaves": {
      const { leaves } = domains;
      const shares = leaves.map(({ leaf, hosts }) => `${leaf} (${hosts})`);
      return `${leaves.length === 1 ? "leaf" : "leaves"} ${some(shares, 6)}`;
    }
    case "box":
      return `${domains.box.dims.join("x")} at ${domains.box.anchor.join(",")} of torus ${domains.box.copy}`;
    case "cubes": {
      const { shape, cubes } = domains;
      return `${shape.dims.join("x")}${shape.twisted ? " twisted" : ""} on cube${cubes.length > 1 ? "s" : ""} ${some(cubes.map(String), 8)}`;
    }
    case "intent": {
      const shape = domains.shape === undefined ? "" : ` as ${domains.shape.dims.join("x")}`;
      return `${domains.hosts} hosts${domains.together ? " close together" : ""}${shape} (intent)`;
    }
  }
}

function missing({ need, have, unit }: Reason): string {
  if (need === undefined || have === undefined) {
    return need === undefined ? "" : `, ${digits(need, 2)} ${unit ?? ""} needed`;
  }
  const short = unit === "ms" || unit === "GiB" || unit === "USD/h" ? "over" : "short";
  return `: ${digits(need - have, 2)} ${unit ?? ""} ${short} (needs ${digits(need, 2)}, has ${digits(have, 2)})`;
}

const MEANING: Readonly<Record<Reason["code"], string>> = {
  residency: "in a country that its residency does not allow",
  accelerator: "has no accelerator that it can run on",
  "not-sized": "no replica was sized for it",
  purchase: "sells nothing in a way of buying that it accepts",
  "pinned-elsewhere": "it is pinned elsewhere",
  "kept-elsewhere": "it must stay where it runs",
  spread: "one of its group is there, or domains cannot be told apart",
  "no-capacity": "not enough is free",
  fragmented: "enough is free, but not in one piece that serves",
  "no-shape": "makes no slice of this size and shape",
  "domain-too-small": "larger than the domain that its parallelism needs",
  memory: "its state does not fit into memory",
  latency: "too far or too slow for its latency target",
  unreachable: "nothing leads there",
  "link-capacity": "not enough is free on the link",
  wavelengths: "not enough wavelengths are free",
  budget: "over budget",
  outvalued: "what is there is worth more",
};

/** A reason as a sentence without a full stop. */
export function sentence(reason: Reason): string {
  const place = [reason.site, reason.pool].filter((part) => part !== undefined).join("/");
  const link = reason.link === undefined ? "" : ` (link ${reason.link})`;
  const users = reason.users === undefined ? "" : ` for users ${reason.users}`;
  const takers =
    reason.because === undefined || reason.because.length === 0 ? "" : `; held by ${some(reason.because, 5)}`;
  return `${place === "" ? "anywhere" : place}: ${MEANING[reason.code]}${users}${link}${missing(reason)}${takers}`;
}
