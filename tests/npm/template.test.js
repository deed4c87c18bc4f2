// Tests `formevent/template` of pkg/dist: the vectors of the real template engine, and `formevent audit` on
// every short body.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { inspect } from "formevent";
import { verdict } from "formevent/template";

import { command } from "../command.js";
import { lying } from "./suite.js";

const root = join(import.meta.dirname, "../..");

test("every case of the real engine has its verdict", () => {
  const lines = readFileSync(join(root, "tests/vectors/template.jsonl"), "utf8").trimEnd().split("\n");
  const counts = { same: 0, error: 0, "not-json": 0, differs: 0 };
  for (const line of lines) {
    const { body, template, pairs, dropped } = JSON.parse(line);
    const found = verdict(body);
    const kind = { fails: "error", loses: "same" }[found.verdict] ?? found.verdict;
    assert.equal(kind, template, line);
    counts[kind]++;
    if (kind === "same") {
      const isLossless = !dropped.length && new Set(pairs.map(([key]) => key)).size === pairs.length;
      assert.equal(found.verdict, isLossless ? "same" : "loses", line);
      const [[offset, , reason] = [Infinity]] = dropped;
      if (found.offset < offset) assert.equal(found.reason, undefined, line);
      else if (!isLossless) assert.deepEqual([found.offset, found.reason], [offset, reason], line);
    }
    const bytes = new TextEncoder().encode(body);
    assert.deepEqual(verdict(bytes), found);
    assert.deepEqual(verdict(bytes.buffer), found);
  }
  assert.deepEqual(counts, { same: 667, error: 81, "not-json": 37, differs: 4 });
});

test("every verdict", () => {
  for (const [body, expected] of [
    ["", { verdict: "same" }],
    ["name=Ada&note=%22Hi%22", { verdict: "same" }],
    ["é=1&=", { verdict: "fails", offset: 5 }],
    [String.raw`path=C:\new&\=`, { verdict: "not-json", offset: 12 }],
    [String.raw`path=C:\new\u00E9`, { verdict: "differs", offset: 7 }],
    [String.raw`\ud800=`, { verdict: "differs", offset: 0 }],
    [String.raw`\b=&b\=c=`, { verdict: "differs", offset: 0 }],
    [String.raw`a=\B`, { verdict: "not-json", offset: 2 }],
    ["a=1&b=2&a=3&c", { verdict: "loses", offset: 0 }],
    ["b=2&c&a=1&a=3", { verdict: "loses", offset: 4, reason: "no-equals" }],
    ["a=1&b=2=3", { verdict: "loses", offset: 4, reason: "many-equals" }],
    ["a=1&=2", { verdict: "loses", offset: 4, reason: "empty-key" }],
  ]) {
    assert.deepEqual(verdict(body), expected, body);
  }
  class Liar extends lying(3) {
    subarray() {
      return new Uint8Array(3);
    }
  }
  assert.deepEqual(verdict(new Liar(new TextEncoder().encode("a=1&b"))), { verdict: "loses", offset: 4, reason: "no-equals" });
  assert.throws(() => verdict(5), { name: "TypeError", message: "the body must be a string, a Uint8Array or an ArrayBuffer, not 5" });
});

// The characters that the template and JSON treat in their own ways.
const TOKENS = [...'&=\\"u/n{,aA0\n\x7f', "\\n", "\\u00e9", "é"].map((token) => Buffer.from(token)).concat(Buffer.of(0xff));

function bodies() {
  let short = [Buffer.alloc(0)];
  const all = [...short];
  for (let length = 1; length <= 3; length++) {
    short = short.flatMap((body) => TOKENS.map((token) => Buffer.concat([body, token])));
    all.push(...short);
  }
  const any = () => TOKENS[Math.floor(Math.random() * TOKENS.length)];
  for (let count = 0; count < 10_000; count++) all.push(Buffer.concat(Array.from({ length: 4 + (count % 40) }, any)));
  return all;
}

test("the crate has the same verdicts", () => {
  const all = bodies();
  const output = execFileSync(command, [..."audit --json --base64 --examples".split(" "), String(all.length), "-"], {
    cwd: root,
    input: all.map((body) => `${body.toString("base64")}\n`).join(""),
    maxBuffer: Infinity,
  });
  const { examples, verdicts } = JSON.parse(output);
  for (const count of Object.values(verdicts)) assert.ok(count > 100, JSON.stringify(verdicts));
  const expected = all.map(() => ({ verdict: "same" }));
  for (const { verdict, line, offset } of examples) expected[line - 1] = { verdict, offset };
  all.forEach((body, at) => {
    const { reason, ...found } = verdict(body);
    const shown = JSON.stringify(body.toString("latin1"));
    assert.deepEqual(found, expected[at], shown);
    const dropped = inspect(body).dropped.find(({ offset }) => offset === found.offset);
    assert.equal(reason, found.verdict === "loses" ? dropped?.reason : undefined, shown);
  });
});
