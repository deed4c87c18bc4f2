// Runs the function that `cargo xtask examples` has built, behind the function URL of cargo-lambda.
import { request } from "node:http";
import { fileURLToPath } from "node:url";

import { startLambda } from "../worker/function.js";

const executable = fileURLToPath(new URL("../../target/lambda-front/debug/lambda-front", import.meta.url));

export const FORM = "application/x-www-form-urlencoded";

/** Starts the function with these settings. `logged` collects the lines that it logs, and `said` all that are printed. */
export async function startLambdaFront(settings = {}) {
  const [logged, said] = [[], []];
  const onLine = (line) => {
    said.push(line);
    if (line.startsWith('{"level"')) logged.push(line);
  };
  const lambda = await startLambda({ program: process.env.CARGO_LAMBDA, executable, env: settings, onLine });
  // Another program can have the port by now.
  for (;;) {
    const { headers, text } = await send(lambda.url, { method: "GET" }).catch(({ message }) => ({ headers: {}, text: message }));
    if (headers["x-request-id"]) return { ...lambda, logged, said, send: (request) => send(lambda.url, request) };
    await lambda.wait(`the function does not answer: ${text}`);
  }
}

/** Sends a request as it is given. A header may be a function of the URL, or undefined. */
export function send(url, { method = "POST", path = "/", headers = {}, body = "" }) {
  const { hostname, port } = new URL(url);
  const all = { "content-type": FORM, "content-length": Buffer.byteLength(body), ...headers };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === "function") all[name] = value(url);
    if (value === undefined) delete all[name];
  }
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers: all, agent: false }, async (answer) => {
      const chunks = [];
      for await (const chunk of answer) chunks.push(chunk);
      const text = String(Buffer.concat(chunks));
      const json = /json/.test(answer.headers["content-type"]) && text ? JSON.parse(text) : undefined;
      resolve({ status: answer.statusCode, headers: answer.headers, text, json });
    });
    asked.on("error", reject).end(body);
  });
}
