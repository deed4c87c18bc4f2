// Runs moto, which has the APIs of SQS, SNS, EventBridge and Step Functions. Moto never throttles, fails in part or
// checks a signature, so a gate before it does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";

import { AwsClient } from "aws4fetch";

import { freePort } from "../port.js";
import { AwsError, CREDENTIALS, checkSignature, REGION } from "./front.js";

/** Moto's account. */
export const ACCOUNT = "123456789012";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const SERVICES = {
  sqs: { protocol: "1.0", prefix: "AmazonSQS" },
  events: { protocol: "1.1", prefix: "AWSEvents" },
  states: { protocol: "1.0", prefix: "AWSStepFunctions" },
};

/** Starts moto. `program` is moto_server. */
export async function startMoto({ program }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const said = [];
  const child = spawn(program, ["-H", "127.0.0.1", "-p", `${port}`], { stdio: ["ignore", "pipe", "pipe"] });
  for (const output of [child.stdout, child.stderr]) output.setEncoding("utf8").on("data", (text) => said.push(text));
  const ended = once(child, "exit").catch((error) => said.push(error.message));
  const end = () => child.kill("SIGKILL");
  // Also end it when this process exits.
  process.on("exit", end);
  const close = async () => {
    end();
    await ended;
    process.off("exit", end);
  };
  for (const deadline = Date.now() + 120_000; ; await setTimeout(100)) {
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) break;
    if (Date.now() < deadline && child.exitCode === null && child.pid) continue;
    await close();
    throw new Error(`moto did not start\n${said.join("")}`);
  }
  const send = async (service, init) => {
    const client = new AwsClient({ ...CREDENTIALS, service, region: REGION });
    const answer = await client.fetch(url, { method: "POST", ...init });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${service}: ${text}`);
    return text;
  };
  return {
    url,
    close,
    /** Calls an operation of a service that speaks JSON. */
    async call(service, operation, body) {
      const { protocol, prefix } = SERVICES[service];
      const headers = { "content-type": `application/x-amz-json-${protocol}`, "x-amz-target": `${prefix}.${operation}` };
      return JSON.parse(await send(service, { headers, body: JSON.stringify(body) }));
    },
    /** Calls an operation of SNS, and returns XML. */
    sns: (Action, body) => send("sns", { headers: FORM, body: `${new URLSearchParams({ Action, Version: "2010-03-31", ...body })}` }),
  };
}

/**
 * Passes calls of `service` on to `moto` if their signatures are right. `fail(fault)` begins a new list of calls, in
 * which `fault(number, call)` may return another answer for the call of that number, `{ status, headers, body }`,
 * or `close-late`: moto accepts the call, and its answer is lost.
 */
export async function startGate({ moto, service }) {
  const gate = { calls: [], fault: () => undefined };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const call = { headers: request.headers, path: request.url, body, entries: entriesOf(service, String(body)) };
    const number = gate.calls.push(call) - 1;
    try {
      await checkSignature(request, body, service);
    } catch (error) {
      if (!(error instanceof AwsError)) return request.socket.destroy();
      return response.writeHead(error.status, { "x-amzn-errortype": error.type }).end();
    }
    const answer = gate.fault(number, call);
    if (answer?.status) return response.writeHead(answer.status, answer.headers).end(answer.body);
    const { host, connection, "content-length": length, ...headers } = request.headers;
    const real = await fetch(moto.url + request.url, { method: "POST", headers, body });
    const bytes = Buffer.from(await real.arrayBuffer());
    if (answer === "close-late") return request.socket.destroy();
    const { "content-type": type, "x-amzn-errortype": error = "" } = Object.fromEntries(real.headers);
    response.writeHead(real.status, { "content-type": type, ...(error && { "x-amzn-errortype": error }) }).end(bytes);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(gate, {
    url: `http://127.0.0.1:${server.address().port}`,
    fail: (fault = () => undefined) => Object.assign(gate, { calls: [], fault }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  });
}

/** The entries of a call, as its service names their members. */
function entriesOf(service, body) {
  if (service !== "sns") {
    const call = JSON.parse(body);
    return call.Entries ?? [call];
  }
  const entries = [];
  for (const [name, value] of new URLSearchParams(body)) {
    const [, number, member] = /^PublishBatchRequestEntries\.member\.(\d+)\.(\w+)$/.exec(name) ?? [];
    if (number) (entries[number - 1] ??= {})[member] = value;
  }
  return entries;
}
