// Runs a function of examples/, as cargo has built it, under cargo-lambda, which provides Lambda's Runtime API.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../port.js";

/** The functions: how the line begins that they print for a form, and how they refuse `{}`. */
const FUNCTIONS = {
  "contact-form": { begin: '{"headers"', refusal: /querystring/ },
  "contact-form-http": { begin: '{"method"', refusal: /expects a JSON payload from Amazon API Gateway/ },
};

/**
 * Starts the function `name`. `program` is cargo-lambda, and `contacts` the file that `contact-form` writes.
 * `onEvent` is called with each line of JSON that the function prints: `contact-form` the event, and
 * `contact-form-http` the form that it has read.
 */
export async function startFunction({ program, name = "contact-form", contacts, env = {}, onEvent = () => {} }) {
  const { begin, refusal } = FUNCTIONS[name];
  const events = [];
  const onLine = (line) => {
    if (!line.startsWith(begin)) return;
    events.push(line);
    onEvent(line);
  };
  const executable = fileURLToPath(new URL(`../../target/debug/${name}`, import.meta.url));
  const lambda = await startLambda({
    program,
    executable,
    env: { LOG_EVENTS: "true", ...(contacts && { CONTACTS_FILE: contacts }), ...env },
    onLine,
  });
  const { invoke, wait, close } = lambda;
  // Wait until the function answers. It refuses this event and stores nothing.
  for (;;) {
    const refused = await invoke("{}").then(JSON.stringify, (error) => error.message);
    if (refusal.test(refused)) return { invoke, events, close };
    await wait(`the function did not start: ${refused}`);
  }
}

/**
 * Starts cargo-lambda, and the program `executable` as its function. `onLine` gets each line that one of them prints. A
 * request to `url`, or below it, invokes the function as a function URL does. `invoke(event)` returns the function's result,
 * or throws the error that it reports. `began` is the time of the start, in ms.
 */
export async function startLambda({ program, executable, env = {}, onLine = () => {} }) {
  const port = await freePort();
  const said = [];
  const start = (program, args, env) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    for (const output of [child.stdout, child.stderr]) {
      eachLine(output, (line) => {
        said.push(line);
        onLine(line);
      });
    }
    return child;
  };
  const address = ["--invoke-address", "127.0.0.1", "--invoke-port", `${port}`];
  const apis = start(program, ["lambda", "watch", "--only-lambda-apis", "--disable-cors", ...address]);
  const children = [apis];
  const close = async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => ended(child) || once(child, "exit")));
  };

  const deadline = Date.now() + 120_000;
  const wait = async (what) => {
    if (Date.now() < deadline && !children.some(ended)) return setTimeout(100);
    await close();
    throw new Error(`${what}\n${said.join("\n")}`);
  };
  while (!(await listens(port))) await wait("cargo-lambda did not start");
  const url = `http://127.0.0.1:${port}/`;
  const invoke = async (event) => {
    // cargo-lambda calls a function that it does not start `_`.
    const init = { method: "POST", body: event, signal: AbortSignal.timeout(30_000) };
    const response = await fetch(`${url}2015-03-31/functions/_/invocations`, init);
    const result = await response.json();
    if (response.status !== 200 || result.errorType) throw new Error(`the function failed: ${JSON.stringify(result)}`);
    return result;
  };
  const began = performance.now();
  const lambda = start(executable, [], {
    AWS_LAMBDA_RUNTIME_API: `http://127.0.0.1:${port}/.rt`,
    AWS_LAMBDA_FUNCTION_NAME: "_",
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
    ...env,
  });
  children.push(lambda);
  return { url, invoke, pid: lambda.pid, began, wait, close };
}

// Also ends them when this process exits.
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

const ended = (child) => child.exitCode !== null || child.signalCode !== null;

/** Tells whether a program listens on this port. */
async function listens(port) {
  const socket = connect(port, "127.0.0.1");
  const connected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
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
