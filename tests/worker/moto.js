// Runs moto, which has the APIs of SQS, SNS, EventBridge and Step Functions. Moto never throttles, fails in part or
// checks a signature, so a gate before it does.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { AwsClient } from "aws4fetch";

import { freePort } from "../port.js";
import { CREDENTIALS, REGION, startService } from "./aws.js";

/** Moto's account. */
export const ACCOUNT = "123456789012";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const SERVICES = {
  sqs: { protocol: "1.0", prefix: "AmazonSQS" },
  events: { protocol: "1.1", prefix: "AWSEvents" },
  states: { protocol: "1.0", prefix: "AWSStepFunctions" },
};

/** The answer of each service that throttles, after its error code. */
export const THROTTLED = {
  sqs: ["RequestThrottled", { body: '{"__type":"com.amazonaws.sqs#RequestThrottled","message":"Rate exceeded"}' }],
  sns: [
    "Throttling",
    { body: "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>" },
  ],
  events: ["ThrottlingException", { headers: { "x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/" } }],
  states: ["ExecutionLimitExceeded", { body: '{"__type":"ExecutionLimitExceeded"}' }],
};

/** The answers to a batch in which entries fail: those whose ids, their places in the batch, are in `refused` or `temporary`. */
export const FAILED = {
  sqs: ({ accepted = [], refused = [], temporary = [] }) =>
    JSON.stringify({
      Successful: accepted.map((Id) => ({ Id: `${Id}`, MessageId: crypto.randomUUID(), MD5OfMessageBody: "" })),
      Failed: [
        ...refused.map((Id) => ({ Id: `${Id}`, SenderFault: true, Code: "InvalidMessageContents" })),
        ...temporary.map((Id) => ({ Id: `${Id}`, SenderFault: false, Code: "Unknown" })),
      ],
    }),
  sns: ({ accepted = [], refused = [], temporary = [] }) => {
    const list = (name, members) => (members.length ? `<${name}>${members.join("")}</${name}>` : `<${name}/>`);
    const failed = (code, fault) => (Id) =>
      `<member><Id>${Id}</Id><Code>${code}</Code><Message>&lt;member&gt;</Message><SenderFault>${fault}</SenderFault></member>`;
    return `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">
      <PublishBatchResult>
        ${list("Failed", [...refused.map(failed("InvalidParameter", true)), ...temporary.map(failed("Unknown", false))])}
        ${list(
          "Successful",
          accepted.map((Id) => `<member>\n<MessageId>${crypto.randomUUID()}</MessageId>\n<Id>${Id}</Id>\n</member>`),
        )}
      </PublishBatchResult>
      <ResponseMetadata><RequestId>${crypto.randomUUID()}</RequestId></ResponseMetadata>
    </PublishBatchResponse>`;
  },
  events({ accepted = [], refused = [], temporary = [] }) {
    const Entries = [];
    for (const id of accepted) Entries[id] = { EventId: crypto.randomUUID() };
    for (const id of refused) Entries[id] = { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "no" };
    for (const id of temporary) Entries[id] = { ErrorCode: "InternalFailure", ErrorMessage: "later" };
    return JSON.stringify({ FailedEntryCount: refused.length + temporary.length, Entries });
  },
};

/** Starts moto. `python` runs programs that use it. */
export async function startMoto({ python = process.env.MOTO_PYTHON ?? "python3" } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const said = [];
  const server = fileURLToPath(new URL("moto_server.py", import.meta.url));
  const child = spawn(python, [server, "-H", "127.0.0.1", "-p", `${port}`], { stdio: ["ignore", "pipe", "pipe"] });
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
  // One call at a time: moto loses a message that comes while it deletes another.
  let last = Promise.resolve();
  const pass = (path, init) => {
    const answer = last.then(async () => {
      const response = await fetch(url + path, { method: "POST", ...init });
      return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
    });
    last = answer.catch(() => {});
    return answer;
  };
  const send = async (service, init) => {
    const client = new AwsClient({ ...CREDENTIALS, service, region: REGION });
    const { headers } = await client.sign(url, { method: "POST", ...init });
    const { status, body } = await pass("/", { ...init, headers });
    if (status !== 200) throw new Error(`${service}: ${body}`);
    return String(body);
  };
  return {
    close,
    /** Passes a call on as it is. */
    pass,
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
 * Starts a server that passes calls of `service` on to `moto`, and fails as `startService` says. The `entries` of a call are
 * those of its batch, or the call itself.
 */
export async function startGate({ moto, service }) {
  const pass = async ({ path, headers: { host, connection, "content-length": length, ...headers }, body }) => {
    const answer = await moto.pass(path, { headers, body });
    const { "content-type": type, "x-amzn-errortype": error = "" } = Object.fromEntries(answer.headers);
    return { ...answer, headers: { "content-type": type, ...(error && { "x-amzn-errortype": error }) } };
  };
  /** Passes every second entry on, and fails the others for now. */
  const partial = async (call) => {
    const ids = [...call.entries.keys()];
    const accepted = ids.filter((id) => id % 2 === 1);
    const temporary = ids.filter((id) => id % 2 === 0);
    if (accepted.length) {
      const kept = accepted.map((id) => call.entries[id]);
      const answer = await pass({ ...call, body: withEntries(service, String(call.body), kept) });
      if (answer.status !== 200) return answer;
    }
    return { status: 200, body: FAILED[service]({ accepted, temporary }) };
  };
  const gate = await startService({
    service,
    answer: pass,
    answers: {
      throttle: () => ({ status: 400, ...THROTTLED[service][1] }),
      error: () => ({ status: 500 }),
      unavailable: () => ({ status: 503 }),
      ...(FAILED[service] && { partial }),
    },
  });
  const fail = (fault = () => undefined) =>
    gate.fail((number, call) => {
      call.entries = entriesOf(service, String(call.body));
      return fault(number, call);
    });
  fail();
  return { ...gate, fail };
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
  return entries.length ? entries : [Object.fromEntries(new URLSearchParams(body))];
}

/** Returns the body of a call with these entries of its batch only. */
function withEntries(service, body, entries) {
  if (service !== "sns") return JSON.stringify({ ...JSON.parse(body), Entries: entries });
  const members = entries.flatMap((entry, index) =>
    Object.entries(entry).map(([name, value]) => [`PublishBatchRequestEntries.member.${index + 1}.${name}`, value]),
  );
  const others = [...new URLSearchParams(body)].filter(([name]) => !name.startsWith("PublishBatchRequestEntries."));
  return String(new URLSearchParams([...others, ...members]));
}
