// Makes the project of a row, with the packed package, builds it and runs the result.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { launch } from "../browser.js";
import { checkForms } from "../frameworks.js";
import { modulesOf } from "../modules.js";
import { freePort } from "../port.js";
import { serve } from "../serve.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
// The projects are below this folder, so they find the tools in its node_modules.
const work = join(root, "target/bundlers");
const tarball = join(root, "target/npm/formevent.tgz");

// Time limit of a command, in ms. Generous, so that a busy machine does not matter.
const TIMEOUT = 120_000;

const PROBE = "probe ";
/** The output of a program that works: see `probe`. */
export const EXPECTED =
  PROBE +
  JSON.stringify([
    '{"name":"Ada L.","note":"é"}',
    '{"headers":{"a":"b"},"querystring":{"name":"Ada"},"stage":"prod","sourceIp":"","userAgent":""}',
    ["FormError", "too-many-pairs", 4],
  ]);

const ENTRIES = {
  aws: "formevent/aws",
  mediaType: "formevent/media-type",
  multipart: "formevent/multipart",
  shapes: "formevent/shapes",
  template: "formevent/template",
  verify: "formevent/verify",
};
// Calls each of the other entries, which must work and throw the same class of errors.
const CALL_ENTRIES = `
    const { body } = aws.formFromAws({
      httpMethod: "POST",
      path: "/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      requestContext: {},
      body: "a=1&b=é",
    });
    const results = shapes.formToEvent(body, {}, { shape: ["$pairs", "$bodyBase64"] }) + template.verdict(body).verdict;
    if (results !== '[{"a":"1","b":"é"},"YT0xJmI9w6k="]same') throw new Error(results);
    try {
      mediaType.checkMediaType(new Headers());
    } catch (error) {
      if (!(error instanceof FormError)) throw error;
    }
    const form = multipart.parseMultipart(new TextEncoder().encode("--x--"), "multipart/form-data; boundary=x");
    if (shapes.formToEvent(form, {}, { shape: "$pairs" }) !== "{}") throw new Error("multipart");
    const refused = await verify.verifySignature({ headers: new Headers() }, "a=1", "github", "secret").catch((error) => error);
    if (!(refused instanceof FormError)) throw refused;`;

/** The module that the programs import. Its `report` returns the results of some calls, or an error. */
export function probe({ from = "formevent", start = "", more = "", required = false, entries = false } = {}) {
  const load = ([name, path]) => (required ? `const ${name} = require("${path}");` : `import * as ${name} from "${path}";`);
  const names = `FormError, formToEvent, formToJson, init${from.endsWith("slim") ? ", initSync" : ""}`;
  return `
${required ? `const { ${names} } = require("${from}");` : `import { ${names} } from "${from}";`}
${entries ? Object.entries(ENTRIES).map(load).join("\n") : ""}
${more}
${required ? "exports.report =" : "export const report ="} async () => {
  try {
    ${start}${entries ? CALL_ENTRIES : ""}
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

// Tools that are installed in several versions, or that are not named like their package.
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

// Splits a command into program, arguments and environment. `NAME=value` before the program sets a variable.
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

// Runs a command to its end and returns its output. With `until`, ends the command when `until` is done.
async function execute(cwd, command, until) {
  const [program, args, env] = parse(command);
  // In a process group of its own, so that its children end with it.
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = once(child, "close");
  const over = new AbortController();
  const timeout = setTimeout(() => process.kill(-child.pid, "SIGKILL"), TIMEOUT);
  try {
    if (until) {
      return await Promise.race([
        until(() => output, over.signal),
        ended.then(() => Promise.reject(new Error(`${command} has ended:\n${output}`))),
      ]);
    }
    const [code, signal] = await ended;
    if (code !== 0) throw new Error(`${command}: ${signal ?? code}\n${output}`);
    return output;
  } finally {
    over.abort();
    clearTimeout(timeout);
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, "SIGKILL");
      await ended;
    }
  }
}

let browser;

/** Closes the browser that the rows share. */
export async function close() {
  await (await browser)?.close();
  browser = undefined;
}

// Opens the page at `url` and returns its console until the program has reported.
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
    await Promise.race([reported, sleep(TIMEOUT / 4, undefined, { ref: false })]);
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

// ---- Ways to run the result of a build. Each returns the output.

/** Runs a command in the project. */
export const prints = (command) => (folder) => execute(folder, command);

/** Runs a command in a copy of the folder `out`, from which the package cannot be found. */
export const alone = (out, command) => async (folder) => {
  const away = mkdtempSync(join(tmpdir(), "formevent-"));
  try {
    cpSync(join(folder, out), away, { recursive: true });
    return await execute(away, command);
  } finally {
    rmSync(away, { recursive: true });
  }
};

/** Opens the folder `out` in Chromium. */
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

// Starts a server, with its port for `{port}` in the command, and hands its origin to `check`.
const serving = (command, check) => async (folder) => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  return execute(folder, command.replaceAll("{port}", port), async (output, signal) => {
    await answering(origin, signal);
    return check(origin, output);
  });
};

/** Starts a server. Opens its pages in Chromium and requests its routes: all must report. */
export const server = (command, { pages = [], routes = [] }) =>
  serving(command, async (origin, output) => {
    const texts = {};
    for (const path of routes) texts[path] = await (await fetch(origin + path)).text();
    for (const path of pages) texts[path] = await visit(origin + path);
    const wrong = Object.entries(texts).filter(([, text]) => !text.includes(EXPECTED));
    return wrong.length ? `${wrong.map(([path, text]) => `${path}: ${text}`).join("\n")}\n${output()}` : EXPECTED;
  });

/** Starts the server of an example, and posts forms to it. */
export const forms = (command, options) =>
  serving(command, async (origin) => {
    await checkForms(origin, options);
    return EXPECTED;
  });

/** Runs the bundle in the folder `out` in workerd. */
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

function outcome({ error, missing }, output) {
  // The row needs something that this machine cannot download.
  if (missing?.test(output)) return "unavailable";
  if (error) return error.test(output) ? "clear error" : "fails";
  return output.includes(EXPECTED) ? "works" : "fails";
}

/** Runs a row. If it fails, its project stays for inspection. */
export async function run(row) {
  const folder = project(row);
  let output;
  try {
    for (const command of row.steps ?? []) await execute(folder, command);
    output = row.result ? await row.result(folder) : EXPECTED;
  } catch (error) {
    output = error.message;
  }
  const result = { outcome: outcome(row, output), output };
  if (result.outcome !== "fails") rmSync(folder, { recursive: true });
  return result;
}
