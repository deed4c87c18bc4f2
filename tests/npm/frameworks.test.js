// Runs the examples of servers on Node with the packed package. `cargo xtask bundlers` runs those that have a build.
import assert from "node:assert/strict";
import { execFile as execFileCallback, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { checkForms } from "../frameworks.js";
import { NODES } from "../nodes.js";
import { freePort } from "../port.js";

const root = join(import.meta.dirname, "../..");
// Below the frameworks in the repository's node_modules.
const folder = join(root, "target/npm/frameworks");
const execFile = promisify(execFileCallback);

// Programs that read the body before the handler does.
const EARLY_READERS = {
  "express-early.js": `
    import express from "express";
    import { answer } from "./adapter.js";
    const app = express();
    app.use(express.urlencoded());
    app.post("/contact", (request, response) => answer(request, response, request.ip));
    app.listen(process.env.PORT);`,
  "hono-early.js": `
    import { serve } from "@hono/node-server";
    import { Hono } from "hono";
    import { contact } from "./contact.js";
    const app = new Hono();
    app.use(async (c, next) => {
      await c.req.parseBody();
      await next();
    });
    app.post("/contact", (c) => contact(c.req.raw));
    app.onError((error, c) => c.text(String(error), 500));
    serve({ fetch: app.fetch, port: process.env.PORT });`,
};

before(async () => {
  await rm(folder, { recursive: true, force: true });
  await cp(join(root, "examples/frameworks"), folder, { recursive: true });
  const manifest = JSON.stringify({ name: "frameworks", private: true, type: "module" });
  for (const [name, text] of Object.entries({ ...EARLY_READERS, "package.json": manifest })) await writeFile(join(folder, name), text);
  const tarball = join(root, "target/npm/formevent.tgz");
  await execFile("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", tarball], { cwd: folder });
});

// Starts a server, and hands its origin to `check`.
async function serving(program, script, check) {
  const port = await freePort();
  const env = { ...process.env, PORT: port, NODE_ENV: "development" };
  // Generous: without it, a server that neither reads nor answers would keep its client waiting.
  const server = spawn(program, [script], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
  const closed = once(server, "close");
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  try {
    const origin = `http://127.0.0.1:${port}`;
    while (!(await fetch(origin).catch(() => undefined))) {
      assert.equal(server.exitCode, null, output);
      await sleep(50);
    }
    await check(origin);
    assert.equal(server.exitCode, null, output);
  } finally {
    server.kill();
    await closed;
  }
}

for (const { major, program } of NODES) {
  test(`node:http, Node ${major}`, () => serving(program, "node.js", checkForms));
}

test("Express", () => serving(process.execPath, "express.js", checkForms));

// It closes the connection half a second after the answer.
test("Hono", () => serving(process.execPath, "hono.js", (origin) => checkForms(origin, { readsOn: false })));

// The server answers with the error, since it is in development.
const failsWith = (message) => async (origin) => {
  const response = await fetch(`${origin}/contact`, { method: "POST", body: new URLSearchParams("name=Ada") });
  assert.equal(response.status, 500);
  const text = (await response.text()).replaceAll("&#39;", "'");
  assert.ok(text.includes(`TypeError: ${message}`), text);
};

test("Express, after express.urlencoded()", () => {
  const message = "the request's body is already read, by a parser such as express.urlencoded()";
  return serving(process.execPath, "express-early.js", failsWith(message));
});

test("Hono, after parseBody()", () => serving(process.execPath, "hono-early.js", failsWith("the request's body is already used")));
