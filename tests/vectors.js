// The vectors of tests/vectors/template.jsonl.
import { readFileSync } from "node:fs";

const lines = readFileSync(new URL("vectors/template.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n");

export const template = lines.map((line) => JSON.parse(line));

/**
 * A vector's member `querystring` as compact JSON. It is for comparing text with text: an object would
 * lose repeated names and the order of those that are numbers.
 */
export function querystring({ event }) {
  const [, { object }] = event.object.find(([name]) => name === "querystring");
  return `{${object.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
}
