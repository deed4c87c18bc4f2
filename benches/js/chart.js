// Draws the picture of a record: how many times as long the nearest peer takes, losses included.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, View } from "vega";
import { compile } from "vega-lite";

const root = join(import.meta.dirname, "../..");
const RECORDS = join(root, "benches/record");

const ROWS = { "": "Rust crate", "js-": "npm, Node", "workerd-": "npm, workerd" };
const COLUMNS = { raw: "not decoded", decode: "decoded" };
const BODIES = {
  tiny: "7 bytes",
  contact: "contact form, 213 bytes",
  many: "1,000 fields, 21 KB",
  long: "prose, 64 KB",
  japanese: "Japanese, 64 KB",
};
const COLORS = {
  light: { text: "#1f2328", muted: "#59636e", grid: "#d1d9e0", faster: "#0f766e", slower: "#c2410c" },
  dark: { text: "#f0f6fc", muted: "#9198a1", grid: "#3d444d", faster: "#2dd4bf", slower: "#fb923c" },
};

/** The newest record: their names begin with the date. */
function newest() {
  const [name] = readdirSync(RECORDS).sort().reverse();
  return JSON.parse(readFileSync(join(RECORDS, name), "utf8"));
}

/** For each picture's name its SVG. */
export async function charts(record = newest()) {
  const pictures = Object.keys(COLORS).map(async (theme) => [`speed-${theme}.svg`, await draw(record, COLORS[theme])]);
  return Object.fromEntries(await Promise.all(pictures));
}

function values({ timings }) {
  return Object.entries(ROWS).flatMap(([prefix, row]) =>
    Object.entries(COLUMNS).flatMap(([mode, column]) =>
      Object.entries(BODIES).map(([name, body]) => {
        const all = timings.filter((it) => it.group === prefix + mode && it.case === name && !/-bytes$|^memcpy$/.test(it.subject));
        const own = all.find(({ subject }) => subject === "formevent");
        const ratio = Math.min(...all.filter((it) => it !== own).map(({ ns }) => ns)) / own.ns;
        return { panel: `${row}, ${column}`, body, ratio, label: `${ratio.toPrecision(2)}×`, isFaster: ratio >= 1 };
      }),
    ),
  );
}

function draw(record, { text, muted, grid, faster, slower }) {
  const header = { labelColor: text, labelFontSize: 13, labelFontWeight: 600, labelPadding: 6, labelAnchor: "start" };
  const { spec } = compile({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "transparent",
    padding: 12,
    title: {
      text: "How many times faster than the best alternative",
      subtitle: [
        "that gives the same JSON, on a logarithmic scale; below 1 (orange) the alternative is faster. One core,",
        `${record.cpu}, ${record.rustc.replace(/ \(.*/, "")}, Node ${record.node.slice(1)}, workerd ${record.workerd}; ${record.date}.`,
      ],
      anchor: "start",
      color: text,
      subtitleColor: muted,
      fontSize: 16,
      subtitleFontSize: 12,
      subtitlePadding: 6,
      offset: 14,
    },
    data: { values: values(record) },
    facet: { field: "panel", header, sort: null, title: null },
    columns: Object.keys(COLUMNS).length,
    spacing: { row: 16, column: 28 },
    spec: {
      width: 270,
      height: { step: 20 },
      encoding: { y: { field: "body", type: "nominal", axis: { domain: false, ticks: false, labelPadding: 8 }, sort: null, title: null } },
      layer: [
        {
          mark: { type: "bar", height: 12, cornerRadiusEnd: 2 },
          encoding: {
            x: {
              field: "ratio",
              type: "quantitative",
              scale: { type: "log", domain: [0.25, 64] },
              axis: { values: [0.5, 1, 2, 5, 10, 20, 50], format: "~g", title: null },
            },
            x2: { datum: 1 },
            color: { field: "isFaster", type: "nominal", legend: null, scale: { domain: [true, false], range: [faster, slower] } },
          },
        },
        { mark: { type: "rule", color: muted }, encoding: { x: { datum: 1 }, y: null } },
        {
          transform: [{ filter: "datum.isFaster" }],
          mark: { type: "text", align: "left", dx: 5, fontSize: 11, color: text },
          encoding: { x: { field: "ratio", type: "quantitative" }, text: { field: "label" } },
        },
        {
          transform: [{ filter: "!datum.isFaster" }],
          mark: { type: "text", align: "left", dx: 5, fontSize: 11, color: slower },
          encoding: { x: { datum: 1 }, text: { field: "label" } },
        },
      ],
    },
    config: {
      font: "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
      view: { stroke: null },
      axis: { labelColor: muted, gridColor: grid, domainColor: grid, tickColor: grid, labelFontSize: 11, labelLimit: 220 },
    },
  });
  return new View(parse(spec), { renderer: "none" }).toSVG();
}

/** Writes the pictures of the newest record. */
export async function drawNewest() {
  for (const [name, svg] of Object.entries(await charts())) writeFileSync(join(root, "docs/src/images", name), svg);
}

if (import.meta.main) await drawNewest();
