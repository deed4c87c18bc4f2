// Makes the project of a row, with the packed package that TARBALL names, builds it and runs what was built.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { launch } from "../browser.js";
import { modulesOf } from "../modules.js";
import { freePort } from "../port.js";
import { serve } from "../serve.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
// The tools are in its node_modules, where the projects below it find them.
const work = join(root, "target/bundlers");
const tarball = process.env.TARBALL ?? assert.fail("TARBALL has to name the packed package");

// Each waits for these, whatever the machine has to do.
const PATIENCE = 120_000;

const PROBE = "probe ";
/** What each program prints: see `probe`. */
export const EXPECTED =
  PROBE +
  JSON.stringify([
    '{"name":"Ada L.","note":"é"}',
    '{"headers":{"a":"b"},"querystring":{"name":"Ada"},"stage":"prod","sourceIp":"","userAgent":""}',
    ["FormError", "too-many-pairs", 4],
  ]);

/** The module that the programs import: `report` tells what the package returns, or what is wrong. */
export function probe({ from = "formevent", start = "", more = "", required = false } = {}) {
  const names = `FormError, formToEvent, formToJson, init${from.endsWith("slim") ? ", initSync" : ""}`;
  return `
${required ? `const { ${names} } = require("${from}");` : `import { ${names} } from "${from}";`}
${more}
${required ? "exports.report =" : "export const report ="} async () => {
  try {
    ${start}
    const json = formToJson("name=Ada+L.&note=%C3%A9", { decode: true });
    const event = formToEvent("name=Ada", { headers: { a: "b" }, stage: "prod" });
    let error;
    try {
      formToJson("a=1&b=2", { maxPairs: 1 });
    } catch (caught) {
      error = caught instanceof FormError && [caught.name, caught.code, caught.offset];
    }
    return "${PROBE}" + JSON.stringify([json, event, error]);
  } catch (error) {
    return "${PROBE}" + error;
  }
};
`;
}

// Tools of which several versions are there, and those that are not called as their package.
const TOOLS = {
  vite5: "vite5/bin/vite.js",
  vite6: "vite6/bin/vite.js",
  vite7: "vite7/bin/vite.js",
  vite8: "vite/bin/vite.js",
  tsc5: "typescript5/bin/tsc",
  tsc6: "typescript/bin/tsc",
  tsc7: join(root, "node_modules/typescript/bin/tsc"),
};

const environment = {
  ...process.env,
  PATH: [dirname(process.execPath), join(work, "node_modules/.bin"), join(root, "node_modules/.bin"), process.env.PATH].join(":"),
  CI: "true",
  NO_COLOR: "1",
  FORCE_COLOR: "0",
  NEXT_TELEMETRY_DISABLED: "1",
  ASTRO_TELEMETRY_DISABLED: "1",
  WRANGLER_SEND_METRICS: "false",
  DENO_NO_UPDATE_CHECK: "1",
};
delete environment.NODE_TEST_CONTEXT;

// A command's program, arguments and variables. `NAME=value` before the program are variables.
function parse(command) {
  const words = command.split(" ");
  const env = { ...environment };
  while (/^[A-Z_]+=/.test(words[0])) {
    const [name, value] = words.shift().split("=");
    env[name] = value;
  }
  const tool = TOOLS[words[0]];
  if (tool) words.splice(0, 1, process.execPath, join(tool.startsWith("/") ? "" : join(work, "node_modules"), tool));
  return [words[0], words.slice(1), env];
}

// Runs a command to its end: all that it said. A server runs until `until` is done.
async function execute(cwd, command, until) {
  const [program, args, env] = parse(command);
  // In a group of its own, so that what it starts ends with it.
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = once(child, "close");
  const over = new AbortController();
  const patience = setTimeout(() => process.kill(-child.pid, "SIGKILL"), PATIENCE);
  try {
    if (until) {
      return await Promise.race([
        until(() => said, over.signal),
        ended.then(() => Promise.reject(new Error(`${command} has ended:\n${said}`))),
      ]);
    }
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`${command}: ${signal ?? code}\n${said}`);
    return said;
  } finally {
    over.abort();
    clearTimeout(patience);
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await ended;
    }
  }
}

let browser;

/** Ends what the rows share. */
export async function close() {
  await (await browser)?.close();
  browser = undefined;
}

// What the page at `url` logs until its program has reported.
async function visit(url) {
  browser ??= launch();
  const context = await (await browser).newContext();
  const page = await context.newPage();
  const lines = [];
  try {
    const reported = new Promise((resolve) => {
      const line = (text) => {
        lines.push(text);
        if (text.includes(PROBE)) resolve();
      };
      page.on("console", (message) => line(message.text()));
      page.on("pageerror", (error) => line(`uncaught: ${error.message}`));
    });
    await page.goto(url);
    await Promise.race([reported, sleep(PATIENCE / 4, undefined, { ref: false })]);
  } finally {
    await context.close();
  }
  return lines.join("\n");
}

async function answering(url, signal) {
  for (;;) {
    try {
      return await fetch(url, { signal });
    } catch {
      await sleep(100, undefined, { signal });
    }
  }
}

// ---- How what was built is run: each gives what it has said.

/** By a command in the project. */
export const prints = (command) => (folder) => execute(folder, command);

/** By a command in a copy of the folder `out` elsewhere, where the package is not. */
export const alone = (out, command) => async (folder) => {
  const away = mkdtempSync(join(tmpdir(), "formevent-"));
  try {
    cpSync(join(folder, out), away, { recursive: true });
    return await execute(away, command);
  } finally {
    rmSync(away, { recursive: true });
  }
};

/** In Chromium, from the files of the folder `out`. */
export const page =
  (out, { path = "", ...options } = {}) =>
  async (folder) => {
    const site = await serve(join(folder, out), options);
    try {
      return await visit(site.url + path);
    } finally {
      site.close();
    }
  };

/** By a server with {port} in its command: its pages in Chromium, its `routes` by a request each. All have to report. */
export const server =
  (command, { pages = [], routes = [] }) =>
  async (folder) => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    return execute(folder, command.replaceAll("{port}", port), async (said, signal) => {
      await answering(url, signal);
      const texts = {};
      for (const path of routes) texts[path] = await (await fetch(url + path)).text();
      for (const path of pages) texts[path] = await visit(url + path);
      const wrong = Object.entries(texts).filter(([, text]) => !text.includes(EXPECTED));
      return wrong.length ? `${wrong.map(([path, text]) => `${path}: ${text}`).join("\n")}\n${said()}` : EXPECTED;
    });
  };

/** In workerd, from the bundle in the folder `out`. */
export const workerd = (out) => async (folder) => {
  const worker = new Miniflare(convertV4MiniflareOptions({ ...modulesOf(join(folder, out)), compatibilityDate: "2026-01-01" }));
  try {
    return await (await worker.dispatchFetch("http://localhost/")).text();
  } finally {
    await worker.dispose();
  }
};

// ---- A row

let unpacked;

function project({ name, files = {}, manifest = {} }) {
  if (!unpacked) {
    unpacked = join(work, "package");
    rmSync(unpacked, { recursive: true, force: true });
    execFileSync("tar", ["-xzf", tarball, "-C", work]);
  }
  const folder = join(work, "rows", name.replace(/\W+/g, "-").toLowerCase());
  rmSync(folder, { recursive: true, force: true });
  const { version } = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
  const own = { name: "row", version: "1.0.0", private: true, type: "module", dependencies: { formevent: version }, ...manifest };
  cpSync(unpacked, join(folder, "node_modules/formevent"), { recursive: true });
  for (const [file, text] of Object.entries({ "package.json": JSON.stringify(own), ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

function outcome({ error, missing }, said) {
  // What this machine cannot have is no fault of the row's.
  if (missing?.test(said)) return "not to be had";
  if (error) return error.test(said) ? "clear error" : "fails";
  return said.includes(EXPECTED) ? "works" : "fails";
}

/** Runs a row: its outcome, and what was said. The project of one that fails stays, to be looked at. */
export async function run(row) {
  const folder = project(row);
  let said;
  try {
    for (const command of row.steps ?? []) await execute(folder, command);
    said = row.result ? await row.result(folder) : EXPECTED;
  } catch (error) {
    said = error.message;
  }
  const result = { outcome: outcome(row, said), said };
  if (result.outcome !== "fails") rmSync(folder, { recursive: true });
  return result;
}
