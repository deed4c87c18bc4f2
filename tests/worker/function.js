// Runs the function of examples/lambda under cargo-lambda, which provides Lambda's Runtime API.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../port.js";

const manifest = fileURLToPath(new URL("../../examples/lambda/Cargo.toml", import.meta.url));

/**
 * Starts the function. `program` is cargo-lambda, and `contacts` the file that the function writes.
 * `onEvent` is called with each event that arrives in the function, as a line of JSON.
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
    // In a process group of its own, so that its children end with it.
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
  /** Invokes the function with an event. Returns its result, or throws the error that it reports. */
  const invoke = async (event) => {
    const response = await fetch(url, { method: "POST", body: event, signal: AbortSignal.timeout(30_000) });
    const result = await response.json();
    if (response.status !== 200 || result.errorType) throw new Error(`the function failed: ${JSON.stringify(result)}`);
    return result;
  };
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGTERM");
  };
  // Also end it when this process exits.
  process.on("exit", end);
  const close = async () => {
    end();
    await exit;
    process.off("exit", end);
  };

  // Wait until the function answers. It refuses this event and stores nothing.
  for (const deadline = Date.now() + 120_000; ; await setTimeout(100)) {
    const refused = await invoke("{}").catch((error) => error.message);
    if (/querystring/.test(refused)) break;
    if (Date.now() > deadline || child.exitCode !== null) {
      await close();
      throw new Error(`the function did not start: ${refused}\n${said.join("\n")}`);
    }
  }
  return { invoke, events, close };
}

// Node's readline also ends lines at U+2028, which an event can contain.
function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  });
}
