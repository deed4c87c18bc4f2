// Runs the demo as `cargo xtask demo --lambda --target sqs` does.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { freePort } from "../port.js";
import { childrenOf, isRunning } from "../process.js";

test("the demo prints the event that arrives at the target, and the function gets it", async (t) => {
  const program = fileURLToPath(new URL("demo.js", import.meta.url));
  const port = await freePort();
  const demo = spawn(process.execPath, [program, "--port", `${port}`, "--target", "sqs"], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(demo, "exit");
  t.after(() => demo.kill("SIGTERM"));
  let said = "";
  demo.stdout.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  /** Waits until the demo prints this, for long, since the machine can be busy. */
  const match = async (pattern) => {
    for (const end = Date.now() + 120_000; ; await setTimeout(50)) {
      const found = pattern.exec(said);
      if (found) return found.slice(1);
      assert.ok(Date.now() < end && demo.exitCode === null, `the demo has not printed ${pattern}:\n${said}`);
    }
  };

  const [body, url] = await match(/curl -i --data '(.*)' (.*)\n/);
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } });
  assert.equal(answer.status, 202);
  const { requestId } = await answer.json();
  const [arrived] = await match(/This event arrived at an SQS queue\n(.*)\n/);
  assert.equal(JSON.parse(arrived).requestId, requestId);
  assert.equal(JSON.parse(arrived).querystring.name, "Ada+Lovelace");
  const [got, contacts] = await match(/The function got the event\n(.*)\nand stored it in (.*)\n/);
  assert.deepEqual(JSON.parse(got), JSON.parse(arrived));
  assert.match(contacts, /target\/contacts\.jsonl$/);

  const children = childrenOf(demo.pid);
  assert.ok(children.length > 3, `the demo runs workerd, moto, cargo-lambda and the function, not ${JSON.stringify(children)}`);
  demo.kill("SIGINT");
  await ended;
  for (const end = Date.now() + 60_000; children.some(({ id }) => isRunning(id)); await setTimeout(50)) {
    assert.ok(Date.now() < end, "the demo leaves a process behind");
  }
});
