/** Colours that tell workloads apart on white and on black; more workloads than colours share them. */
const HUES: readonly string[] = [
  "#4e79c4",
  "#e0812f",
  "#3d9a5b",
  "#c94f52",
  "#8a6bbf",
  "#a0704f",
  "#d0649f",
  "#5f9ea0",
  "#b59a1e",
  "#6d8b2f",
  "#4aa3c7",
  "#b0526f",
];

/** What changes between light and dark. */
interface Scheme {
  readonly page: string;
  readonly card: string;
  readonly free: string;
  readonly line: string;
  readonly faint: string;
  readonly ink: string;
}

const LIGHT: Scheme = {
  page: "#ffffff",
  card: "#f6f7f9",
  free: "#ffffff",
  line: "#c4c9d1",
  faint: "#667080",
  ink: "#1c2128",
};

const DARK: Scheme = {
  page: "#12151a",
  card: "#1b2027",
  free: "#2a323d",
  line: "#465161",
  faint: "#9aa5b4",
  ink: "#e6eaf0",
};

function colours({ page, card, free, line, faint, ink }: Scheme): string {
  return [
    `text{fill:${ink}}`,
    `text.small{fill:${faint}}`,
    `.page{fill:${page}}`,
    `.card{fill:${card};stroke:${line}}`,
    `.free{fill:${free};stroke:${line}}`,
    `.gone{stroke:${line}}`,
    `.group{stroke:${faint}}`,
    `.route{stroke:${faint}}`,
    `.drop{stroke:${line}}`,
    `.stop{fill:${card};stroke:${faint}}`,
  ].join("");
}

/** Styles of the picture: light, and dark for readers who prefer it. Without variables, which some viewers do not know. */
export const STYLE = [
  "text{font:12px system-ui,sans-serif}text.small{font-size:10px}text.title{font-size:14px;font-weight:600}",
  ".free,.gone{stroke-width:.5}.gone,.group,.route{fill:none}.gone{stroke-dasharray:2 2}",
  ".group{stroke-width:.7}.route,.stop{stroke-width:2}.drop{stroke-dasharray:2 3}",
  colours(LIGHT),
  `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
].join("");

/** Attribute values and text that users chose. */
function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

/** One decimal is enough for a picture, and the same on every machine. */
export function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function rect(
  kind: string,
  x: number,
  y: number,
  width: number,
  height: number,
  title?: string,
): string {
  const shape = `<rect class="${kind}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="${height > 40 ? 6 : 1.5}"`;
  return title === undefined ? `${shape}/>` : `${shape}><title>${escaped(title)}</title></rect>`;
}

/** A piece of a workload: coloured, and named where the reader points. */
export function piece(
  colour: string,
  x: number,
  y: number,
  width: number,
  height: number,
  title: string,
): string {
  return `<rect fill="${colour}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="1.5"><title>${escaped(title)}</title></rect>`;
}

export function text(kind: string, x: number, y: number, content: string): string {
  return `<text${kind === "" ? "" : ` class="${kind}"`} x="${at(x)}" y="${at(y)}">${escaped(content)}</text>`;
}

/** Colour of each workload, by the order of names. */
export function palette(workloads: readonly string[]): ReadonlyMap<string, string> {
  return new Map(workloads.map((name, index) => [name, HUES[index % HUES.length]!]));
}
