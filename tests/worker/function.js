// The function of examples/lambda under cargo-lambda, which serves Lambda's Runtime API to it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../port.js";

const manifest = fileURLToPath(new URL("../../examples/lambda/Cargo.toml", import.meta.url));

/**
 * Starts it: `program` is cargo-lambda, `contacts` the file for the forms; `onEvent` is told each line of
 * JSON that is an event as it arrived in the function.
 */
export async function startFunction({ program, contacts, env = {}, onEvent = () => {} }) {
  const port = await freePort();
  const settings = { CONTACTS_FILE: contacts, LOG_EVENTS: "true", ...env };
  const child = spawn(
    program,
    [
      ...["lambda", "watch", "--quiet", "--ignore-changes", "--manifest-path", manifest],
      ...["--invoke-address", "127.0.0.1", "--invoke-port", String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ["--env-var", `${name}=${value}`]),
    ],
    // It has children of its own, which are ended with it.
    { detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  const exit = once(child, "exit");
  const events = [];
  const said = [];
  for (const output of [child.stdout, child.stderr]) {
    eachLine(output, (line) => {
      if (!line.startsWith('{"headers"')) return said.push(line);
      events.push(line);
      onEvent(line);
    });
  }

  const url = `http://127.0.0.1:${port}/2015-03-31/functions/contact-form/invocations`;
  /** Its result for an event, bytes or a string; throws where the function reports an error. */
  const invoke = async (event) => {
    const response = await fetch(url, { method: "POST", body: event, signal: AbortSignal.timeout(30_000) });
    const result = await response.json();
    if (response.status !== 200 || result.errorType) throw new Error(`the function failed: ${JSON.stringify(result)}`);
    return result;
  };
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGTERM");
  };
  // However this process ends, it is not left behind.
  process.on("exit", end);
  const close = async () => {
    end();
    await exit;
    process.off("exit", end);
  };

  // What is no event is refused and leaves no trace.
  for (const deadline = Date.now() + 120_000; ; await setTimeout(100)) {
    const refused = await invoke("{}").catch((error) => error.message);
    if (/querystring/.test(refused)) break;
    if (Date.now() > deadline || child.exitCode !== null) {
      await close();
      throw new Error(`the function does not start: ${refused}\n${said.join("\n")}`);
    }
  }
  return { invoke, events, close };
}

// Node's readline would end a line at U+2028 too, which an event may hold.
function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  });
}
