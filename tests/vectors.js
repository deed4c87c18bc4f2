import { readFileSync } from "node:fs";

const lines = readFileSync(new URL("vectors/template.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

/** The vectors of the mapping template. */
export const template = lines.map((line) => JSON.parse(line));

/**
 * Returns a vector's member `querystring` as compact JSON. Compare it as text: an object would lose
 * repeated keys, and the order of keys that are numbers.
 */
export function querystring({ event }) {
  const [, { object }] = event.object.find(([name]) => name === "querystring");
  return `{${object.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}
