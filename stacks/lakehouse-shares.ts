import type { Problems } from "../lib/core/problems";
import { Residency } from "../lib/fabric/residency";
import type { Site, SiteKind } from "../lib/fabric/site";
import { LakehouseErrors } from "../lib/lakehouse/errors";
import { DEFAULT_ZONES, type ZoneProps } from "../lib/lakehouse/lakehouse";
import { StackErrors } from "./errors";

/** A zone of a platform's lakehouse: what is in it, and where it is kept. */
export interface PlatformZoneProps extends Omit<ZoneProps, "copyOf"> {
  /** Names of the sites that own the zone, each with its own files and tables. @default - all sites */
  readonly at?: readonly string[];
}

/**
 * - `replication`: a job copies the tables on a schedule; queries at the target stay there and survive the source
 * - `federation`: engines at the target query the tables where they are; nothing is copied
 */
export type ShareMode = "replication" | "federation";

/** Makes a zone of one site readable at others. */
export interface ShareProps {
  readonly zone: string;
  /** Name of a site that owns the zone. */
  readonly from: string;
  /** Names of the sites that are to read it. */
  readonly to: readonly string[];
  readonly mode: ShareMode;
  /** `both`: each side also reads the other's zone; federation only. @default "one-way" */
  readonly direction?: "one-way" | "both";
  /** Cron expression in UTC; replication only. @default "15 * * * *" */
  readonly schedule?: string;
}

/** One share from one site to one other. */
export interface ShareEdge {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly mode: ShareMode;
  readonly schedule?: string;
}

/** What each site keeps, and what flows between sites. */
export interface LakehouseDistribution {
  /** Zones by site name; sites without zones and without foreign catalogues are absent. */
  readonly zonesAt: ReadonlyMap<string, readonly ZoneProps[]>;
  readonly edges: readonly ShareEdge[];
}

const SUPPORTED: Readonly<Record<ShareMode, readonly `${SiteKind}-${SiteKind}`[]>> = {
  replication: ["kubernetes-aws", "kubernetes-google"],
  federation: [
    "kubernetes-aws",
    "kubernetes-google",
    "kubernetes-kubernetes",
    "aws-kubernetes",
    "google-kubernetes",
  ],
};

type SiteIndex = ReadonlyMap<string, Site>;

function requireSite(problems: Problems, sites: SiteIndex, subject: string, name: string): Site | undefined {
  const site = sites.get(name);
  if (!site) {
    problems.add(LakehouseErrors.UnknownSite, {
      subject,
      given: name,
      allowed: [...sites.keys()].join(", "),
    });
  }
  return site;
}

/** Shares stand in no order of their own: declared in another one, they give the same output. */
const edgeKey = ({ zone, from, to }: ShareEdge) => `${zone} ${from} ${to}`;

/** Directions of a share, one edge each. */
function edgesOf(share: ShareProps): readonly ShareEdge[] {
  const { zone, from, mode, schedule } = share;
  return share.to.flatMap((to) => {
    const edge = { zone, from, to, mode, schedule };
    return share.direction === "both" ? [edge, { ...edge, from: to, to: from }] : [edge];
  });
}

function checkEdge(
  problems: Problems,
  sites: SiteIndex,
  zone: PlatformZoneProps & { readonly at: readonly string[] },
  residency: Residency,
  edge: ShareEdge,
): void {
  const subject = `share of "${edge.zone}" from "${edge.from}" to "${edge.to}"`;
  const from = requireSite(problems, sites, subject, edge.from);
  const to = requireSite(problems, sites, subject, edge.to);
  if (!from || !to) {
    return;
  }
  if (from === to) {
    problems.add(LakehouseErrors.ShareWithItself, {
      subject,
      given: edge.to,
      allowed: "another site",
    });
    return;
  }
  if (!zone.at.includes(from.name)) {
    problems.add(StackErrors.ZoneNotAtSite, {
      subject,
      given: from.name,
      allowed: zone.at.join(", "),
    });
  }
  if (edge.mode === "replication" && zone.at.includes(to.name)) {
    problems.add(StackErrors.ZoneAlreadyAtSite, {
      subject,
      given: to.name,
      allowed: [...sites.keys()].filter((name) => !zone.at.includes(name)).join(", ") || "no site",
    });
  }
  if (!residency.allows(to.country)) {
    problems.add(LakehouseErrors.ResidencyViolation, {
      subject,
      given: `${to.name} (${to.country})`,
      allowed: `${residency.name}: ${residency.describe()}`,
    });
  }
  if (SUPPORTED[edge.mode]?.includes(`${from.kind}-${to.kind}`) === false) {
    problems.add(LakehouseErrors.UnsupportedShare, {
      subject,
      given: `${edge.mode} from ${from.kind} to ${to.kind}`,
      allowed: SUPPORTED[edge.mode].map((pair) => pair.replace("-", " to ")).join(", "),
    });
  }
}

function checkShare(problems: Problems, share: ShareProps): void {
  const subject = `share of "${share.zone}" from "${share.from}"`;
  problems.oneOf(`${subject} mode`, share.mode, ["replication", "federation"]);
  problems.oneOf(`${subject} direction`, share.direction ?? "one-way", ["one-way", "both"]);
  problems.required(`${subject} to`, share.to[0], "one site or more");
  problems.unique(`${subject} to`, share.to);
  if (share.mode === "replication" && share.direction === "both") {
    problems.add(LakehouseErrors.TwoWayReplication, {
      subject,
      given: "both",
      allowed: "one-way, or federation",
    });
  }
  if (share.mode === "federation" && share.schedule !== undefined) {
    problems.add(LakehouseErrors.UnsupportedShare, {
      subject: `${subject} schedule`,
      given: share.schedule,
      allowed: "nothing: federation copies nothing",
      fix: "remove the schedule, or share by replication",
    });
  }
}

/**
 * Decides which zone is kept at which site and checks every flow of data between sites against residency.
 * Pure; what is wrong goes to `problems`.
 */
export function distributeZones(
  problems: Problems,
  sites: SiteIndex,
  props: {
    readonly zones?: readonly PlatformZoneProps[];
    readonly shares?: readonly ShareProps[];
    readonly residency?: Residency;
  },
): LakehouseDistribution {
  const everywhere = [...sites.keys()];
  const zones = (props.zones ?? DEFAULT_ZONES).map((zone: PlatformZoneProps) => ({
    ...zone,
    at: zone.at ?? everywhere,
  }));
  for (const zone of zones) {
    problems.required(`zone "${zone.name}" at`, zone.at[0], "one site or more");
    problems.unique(`zone "${zone.name}" at`, zone.at);
    for (const name of zone.at) {
      requireSite(problems, sites, `zone "${zone.name}" at`, name);
    }
  }
  const shares = props.shares ?? [];
  for (const share of shares) {
    checkShare(problems, share);
  }
  const edges = shares.flatMap(edgesOf);
  problems.unique(
    "shares",
    edges.map((edge) => `${edge.zone} from ${edge.from} to ${edge.to}`),
  );
  const zonesAt = new Map<string, ZoneProps[]>();
  const keep = (site: string, zone: ZoneProps) => zonesAt.set(site, [...(zonesAt.get(site) ?? []), zone]);
  for (const { at, ...zone } of zones) {
    for (const site of at) {
      keep(site, zone);
    }
  }
  for (const edge of edges) {
    const zone = zones.find((candidate) => candidate.name === edge.zone);
    if (!zone) {
      problems.add(LakehouseErrors.UnknownZone, {
        subject: `share from "${edge.from}" to "${edge.to}"`,
        given: edge.zone,
        allowed: zones.map((candidate) => candidate.name).join(", "),
      });
      continue;
    }
    checkEdge(problems, sites, zone, zone.residency ?? props.residency ?? Residency.ANYWHERE, edge);
    if (edge.mode === "replication") {
      const { at: _, ...copied } = zone;
      keep(edge.to, { ...copied, copyOf: edge.from });
    }
  }
  return { zonesAt, edges: [...edges].sort((a, b) => (edgeKey(a) < edgeKey(b) ? -1 : 1)) };
}
