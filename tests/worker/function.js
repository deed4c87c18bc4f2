// Runs a function of examples/ under cargo-lambda, which provides Lambda's Runtime API.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../port.js";

/** The functions: their folders, how the line begins that they print for a form, and how they refuse `{}`. */
const FUNCTIONS = {
  "contact-form": { folder: "lambda", begin: '{"headers"', refusal: /querystring/ },
  "contact-form-http": { folder: "lambda-http", begin: '{"method"', refusal: /expects a JSON payload from Amazon API Gateway/ },
};

/**
 * Starts the function `name`. `program` is cargo-lambda, and `contacts` the file that `contact-form` writes.
 * `onEvent` is called with each line of JSON that the function prints: `contact-form` the event, and
 * `contact-form-http` the form that it has read.
 */
export async function startFunction({ program, name = "contact-form", contacts, env = {}, onEvent = () => {} }) {
  const { folder, begin, refusal } = FUNCTIONS[name];
  const manifest = fileURLToPath(new URL(`../../examples/${folder}/Cargo.toml`, import.meta.url));
  const port = await freePort();
  const settings = { ...(contacts && { CONTACTS_FILE: contacts }), LOG_EVENTS: "true", ...env };
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
      if (!line.startsWith(begin)) return said.push(line);
      events.push(line);
      onEvent(line);
    });
  }

  const url = `http://127.0.0.1:${port}/2015-03-31/functions/${name}/invocations`;
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
    const refused = await invoke("{}").then(JSON.stringify, (error) => error.message);
    if (refusal.test(refused)) break;
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
