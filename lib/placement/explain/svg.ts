import type { Link } from "../../fabric/link";
import type { SiteModel } from "../../fabric/site-model";
import type { AcceptedWorkload, Placement } from "../placement";
import type { PlanInput } from "../workloads";
import { drawPool, type Owned, pieces } from "./svg-pool";
import { at, palette, piece, rect, STYLE, text } from "./svg-style";
import { digits, usd } from "./words";

const CARD = 300;
const GAP = 24;
const MARGIN = 20;
const INSET = 12;
const LANE = 30;

/** Workloads that a legend names at most. */
const NAMED = 36;

function byName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function accepted(placement: Placement): readonly AcceptedWorkload[] {
  return placement.workloads.filter(
    (workload): workload is AcceptedWorkload => workload.status === "accepted",
  );
}

function ownersAt(
  placement: Placement,
  colours: ReadonlyMap<string, string>,
  site: string,
  pool: string,
): readonly Owned[] {
  return accepted(placement).flatMap(({ workload, parts }) =>
    parts
      .filter((part) => part.site === site && part.pool === pool)
      .map((part) => ({ workload, colour: colours.get(workload)!, part })),
  );
}

interface Card {
  readonly svg: readonly string[];
  readonly height: number;
}

function drawSite(
  site: SiteModel,
  placement: Placement,
  colours: ReadonlyMap<string, string>,
  x: number,
): Card {
  const svg: string[] = [];
  let y = MARGIN + 56;
  svg.push(text("title", x + INSET, y + 22, site.name));
  const energy = `${site.country}, ${digits(site.gramsCo2PerKwh, 1)} g CO2e/kWh, PUE ${digits(site.pue, 2)}`;
  svg.push(text("small", x + INSET, y + 37, energy));
  y += 48;
  for (const pool of byName(site.pools)) {
    const owners = ownersAt(placement, colours, site.name, pool.name);
    const used = owners.reduce((sum, { part }) => sum + part.accelerators, 0);
    const prices = pool.offers.map(
      ({ model, usdPerAcceleratorHour }) => `${model} ${digits(usdPerAcceleratorHour, 2)}`,
    );
    svg.push(
      text("", x + INSET, y + 12, `${pool.name}: ${used} ${pool.accelerator.name} on ${pool.fabric.kind}`),
    );
    svg.push(text("small", x + INSET, y + 25, `USD/h each: ${prices.join(", ")}`));
    const drawing = drawPool(pool, owners, x + INSET, y + 33, CARD - 2 * INSET);
    svg.push(...drawing.svg);
    y += 33 + drawing.height + 8;
  }
  return { svg, height: y - MARGIN - 56 + 4 };
}

/** A link as a lane between its sites; a tick for each wavelength, coloured by who has it. */
function drawLink(
  link: Link,
  placement: Placement,
  colours: ReadonlyMap<string, string>,
  centre: (site: string) => number,
  y: number,
): readonly string[] {
  const [a, b] = [centre(link.sites[0]), centre(link.sites[1])].sort((left, right) => left - right) as [
    number,
    number,
  ];
  const use = placement.links.find((entry) => entry.link === link.name);
  const svg = [
    `<path class="route"${link.kind === "leased" ? ' stroke-dasharray="7 4"' : ""} d="M${at(a)} ${at(y)}H${at(b)}"/>`,
  ];
  for (const end of [a, b]) {
    svg.push(`<circle class="stop" cx="${at(end)}" cy="${at(y)}" r="4"/>`);
  }
  const rate = `${digits(use?.gbpsUsed ?? 0, 1)} Gbit/s used, ${digits(use?.gbpsFree ?? 0, 1)} free`;
  const kind =
    link.kind === "optical"
      ? `${link.waves} waves of ${link.gbpsPerWave}, ${digits(link.routeKm, 0)} km`
      : "leased";
  svg.push(text("small", a + 10, y - 5, `${link.name}: ${kind}; ${rate}`));
  if (link.kind === "optical") {
    const owner = new Map(
      use?.assignments.flatMap(({ workload, wavelengths }) => wavelengths.map((wave) => [wave, workload])),
    );
    const shown = Math.min(link.waves, Math.floor((b - a - 30) / 7));
    for (let wave = 0; wave < shown; wave++) {
      const who = owner.get(wave);
      const left = a + 12 + wave * 7;
      svg.push(
        who === undefined
          ? rect(
              wave < link.wavesInUse ? "gone" : "free",
              left,
              y + 4,
              5,
              8,
              wave < link.wavesInUse ? "in use by others" : "free",
            )
          : piece(colours.get(who)!, left, y + 4, 5, 8, `${who}: wavelength ${wave}`),
      );
    }
  }
  return svg;
}

/** Characters that fit under a name in the legend; the rest is told where the reader points. */
const LONGEST = 52;

/** Who is where, the largest first, in columns. */
function drawLegend(
  placement: Placement,
  colours: ReadonlyMap<string, string>,
  width: number,
  y: number,
): Card {
  const size = ({ parts }: AcceptedWorkload) => parts.reduce((sum, part) => sum + part.accelerators, 0);
  const all = [...accepted(placement)].sort(
    (a, b) => size(b) - size(a) || (a.workload < b.workload ? -1 : 1),
  );
  const columns = Math.max(1, Math.floor(width / CARD));
  const svg: string[] = [];
  const shown = all.slice(0, NAMED);
  shown.forEach((workload, index) => {
    const [x, top] = [MARGIN + (index % columns) * (CARD + GAP), y + Math.floor(index / columns) * 34];
    const what = workload.parts
      .map((part) => `${part.accelerators} at ${part.site}, ${pieces(part.domains)}`)
      .join(" + ");
    const flows = workload.flows.map(({ link, gbps }) => `${digits(gbps, 1)} Gbit/s on ${link}`).join(", ");
    const line = [what, flows].filter((part) => part !== "").join("; ") || "local";
    svg.push(piece(colours.get(workload.workload)!, x, top, 12, 12, `${workload.workload}: ${line}`));
    svg.push(text("", x + 18, top + 10, workload.workload));
    svg.push(
      text("small", x + 18, top + 23, line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line),
    );
  });
  const height = Math.ceil(shown.length / columns) * 34;
  const left = placement.workloads.length - all.length;
  const rest = [
    ...(all.length > NAMED ? [`${all.length - NAMED} smaller workloads are not named`] : []),
    ...(left > 0 ? [`${left} left out`] : []),
  ];
  return rest.length === 0
    ? { svg, height }
    : { svg: [...svg, text("small", MARGIN, y + height + 10, rest.join("; "))], height: height + 20 };
}

/**
 * A picture of sites, fabrics, links and what sits where, as a whole SVG document. Reads in light and dark: it follows the
 * reader's colour scheme. Pieces tell their workload where the reader points. The same plan gives the same bytes.
 */
export function placementSvg(input: PlanInput, placement: Placement): string {
  const sites = byName(input.sites);
  const links = byName(input.links);
  const colours = palette(accepted(placement).map(({ workload }) => workload));
  const x = (index: number) => MARGIN + index * (CARD + GAP);
  const cards = sites.map((site, index) => drawSite(site, placement, colours, x(index)));
  const tallest = cards.reduce((most, { height }) => Math.max(most, height), 60);
  const width = Math.max(640, 2 * MARGIN + sites.length * (CARD + GAP) - GAP);
  const top = MARGIN + 56;
  const bottom = top + tallest;
  const centre = (site: string) => x(sites.findIndex(({ name }) => name === site)) + CARD / 2;
  const lanes = links.map((link, index) =>
    drawLink(link, placement, colours, centre, bottom + 34 + index * LANE),
  );
  const lanesEnd = bottom + 20 + links.length * LANE;
  const drops = [...new Set(links.flatMap((link) => link.sites))].sort().map((site) => {
    const last = links.findLastIndex((link) => link.sites.includes(site));
    return `<path class="drop" d="M${at(centre(site))} ${at(bottom)}V${at(bottom + 34 + last * LANE)}"/>`;
  });
  const legend = drawLegend(placement, colours, width, lanesEnd + 20);
  const height = lanesEnd + 20 + legend.height + MARGIN;
  const { objective, bound } = placement;
  const proof =
    bound.method === "exact" ? "optimal" : `within ${digits(bound.gapPpm / 1e4, 3)} % of the bound`;
  const heading = `${accepted(placement).length} of ${placement.workloads.length} workloads placed, counts as ${usd(objective.microUsdEffective + objective.microUsdChurn)}, ${proof}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${at(width)} ${at(height)}" width="${at(width)}" height="${at(height)}" role="img">`,
    `<title>${heading}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="100%" height="100%"/>`,
    text("title", MARGIN, MARGIN + 18, "Placement"),
    text("", MARGIN, MARGIN + 38, heading),
    ...drops,
    ...cards.flatMap(({ svg }, index) => [rect("card", x(index), top, CARD, tallest), ...svg]),
    ...lanes.flat(),
    ...legend.svg,
    "</svg>",
    "",
  ].join("\n");
}
