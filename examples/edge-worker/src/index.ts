// Turns a posted form into a JSON event and sends it to a Lambda function or another target.
import { accepted, checkOrigin, echo, problem, Refusal, share } from "./answers.js";
import { type Config, type Env, readConfig, SETTINGS_HEADER, withSettings } from "./config.js";
import { makeEvent } from "./event.js";
import { checkRequired, isFilled } from "./fields.js";
import { checkHeaders, type Form, readForm, readPosted, valuesOf } from "./form.js";
import { log } from "./log.js";
import { logLosses, lossesOf, withLosses } from "./losses.js";
import { readMessage } from "./message.js";
import { outgoing, Refused, send } from "./send.js";
import type { Outgoing } from "./services.js";
import { ConfigError } from "./settings.js";
import type { Target } from "./target.js";

// The place of the request's id in an event without SHAPE.
const TEMPLATE_ID = ["requestId"];

// The environment of an isolate does not change.
let config: Config | undefined;

export default {
  async fetch(request, env): Promise<Response> {
    const requestId = crypto.randomUUID();
    let answer: Response;
    try {
      config ??= readConfig(env);
      answer = await respond(request, env, config, requestId);
    } catch (error) {
      answer = problem(error instanceof Refusal ? error : unexpected(error, requestId), requestId);
    }
    answer.headers.set("x-request-id", requestId);
    if (config) share(answer.headers, request, config);
    return answer;
  },

  // Consumes the queue.
  async queue({ messages }, env): Promise<void> {
    await deliver(messages, env);
  },
} satisfies ExportedHandler<Env>;

async function respond(request: Request, env: Env, config: Config, requestId: string): Promise<Response> {
  const { method } = request;
  if (env.ASSETS && (method === "GET" || method === "HEAD")) {
    const page = await env.ASSETS.fetch(request);
    // Only a copy has headers that can be changed.
    let answer = new Response(page.body, page);
    for (const { page: change } of config.checks) answer = (await change?.(answer)) ?? answer;
    return answer;
  }
  const allow = env.ASSETS ? "GET, HEAD, OPTIONS, POST" : "OPTIONS, POST";
  if (method !== "OPTIONS" && method !== "POST") {
    throw new Refusal(405, "method", `the method must be POST, not ${method}`, {}, { allow });
  }
  checkOrigin(request, config);
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  await checkRate(request, env);
  const type = checkHeaders(request);
  const own = config.target ? config : trialConfig(request, env, config);
  const body = await readPosted(request, own);
  for (const check of own.checks) await check.body?.(request, body);
  const form = readForm(request, type, body, own);
  const isSpam = await checkFields(request, form, own, requestId);
  const losses = lossesOf(form, own);
  const event = makeEvent(request, form, losses, own, requestId);
  logLosses(losses, requestId);
  if (!config.target) return withLosses(echo(event), losses, true);
  try {
    if (isSpam) log("warn", "the honeypot is filled: the form goes nowhere", { requestId });
    else if (env.QUEUE) await env.QUEUE.send(event, { contentType: "bytes" });
    else await sendNow(config.target, event, own, requestId);
  } catch (error) {
    throw undelivered(error, requestId);
  }
  return withLosses(accepted(request, config, requestId), losses);
}

// https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
async function checkRate({ headers }: Request, { RATE_LIMITER }: Env): Promise<void> {
  if (!RATE_LIMITER || (await RATE_LIMITER.limit({ key: headers.get("cf-connecting-ip") ?? "" })).success) return;
  // The longest period that a limit can have, in seconds.
  throw new Refusal(
    429,
    "too-many-requests",
    "too many forms come from your address; please post again later",
    {},
    { "retry-after": "60" },
  );
}

/** Checks what the fields must have, and returns whether a program has filled the honeypot. */
async function checkFields(request: Request, form: Form, config: Config, requestId: string): Promise<boolean> {
  const { required, honeypot, checks } = config;
  if (!required.length && !honeypot && !checks.some(({ fields }) => fields)) return false;
  const values = valuesOf(form);
  // It must not learn what the others are told.
  if (honeypot && isFilled(values, honeypot)) return true;
  checkRequired(values, required);
  for (const { fields } of checks) await fields?.(values, request, requestId);
  return false;
}

// Without a function, a request can try out other settings, as the page does: only its own answer depends on them.
function trialConfig({ headers }: Request, env: Env, config: Config): Config {
  const json = headers.get(SETTINGS_HEADER);
  if (json === null) return config;
  try {
    return withSettings(env, json);
  } catch (error) {
    throw error instanceof ConfigError ? new Refusal(400, "settings", `the header ${SETTINGS_HEADER}: ${error.message}`) : error;
  }
}

async function sendNow(target: Target, event: Uint8Array, { options }: Config, requestId: string): Promise<void> {
  const ready = outgoing(target, event, requestId);
  const limit = options.maxOutput;
  if (limit !== undefined && ready.bytes.length > limit) {
    throw new Refusal(413, "too-much-output", `the event with its escape sequences exceeds ${limit} bytes`, { limit });
  }
  const [failure] = await send(target, [ready]);
  if (failure) throw failure;
}

// Delivers messages. The queue repeats those that fail, and finally moves them to the dead-letter queue.
async function deliver(messages: readonly Message[], env: Env): Promise<void> {
  const ready: [Message, Outgoing][] = [];
  let target: Target | undefined;
  for (const message of messages) {
    try {
      const { shape } = (config ??= readConfig(env));
      target = config.target;
      if (!target) throw new ConfigError("TARGET or LAMBDA_FUNCTION is missing: the queue needs one of them");
      const { bytes, requestId } = readMessage(message, shape ? shape.idPath : TEMPLATE_ID);
      ready.push([message, outgoing(target, bytes, requestId)]);
    } catch (error) {
      keep(message, error);
    }
  }
  if (!target) return;
  const failures = await send(
    target,
    ready.map(([, event]) => event),
  );
  for (const [index, [message, { requestId }]] of ready.entries()) {
    if (failures[index]) keep(message, failures[index], requestId);
    else message.ack();
  }
}

function keep(message: Message, error: unknown, requestId?: string): void {
  const { id, attempts } = message;
  log("error", "a message stays in the queue", { messageId: id, requestId, attempts, cause: reason(error) });
  // In seconds. Later attempts leave time to fix the cause.
  message.retry({ delaySeconds: Math.min(2 ** attempts, 600) });
}

function undelivered(error: unknown, requestId: string): Refusal {
  if (error instanceof Refusal) return error;
  log("error", "the form is not accepted", { requestId, cause: reason(error) });
  if (error instanceof Refused) {
    return new Refusal(502, "target-refused", "the service behind this form refuses it; your form was not accepted");
  }
  const message = "the service behind this form cannot be reached; your form was not accepted, please post it again later";
  return new Refusal(503, "target-unavailable", message, {}, { "retry-after": "10" });
}

function unexpected(error: unknown, requestId: string): Refusal {
  const misconfigured = error instanceof ConfigError;
  log("error", misconfigured ? "misconfigured" : "unexpected", { requestId, cause: reason(error) });
  return misconfigured
    ? new Refusal(500, "misconfigured", "this worker has a wrong setting: see its log")
    : new Refusal(500, "unexpected", "something unexpected happened; your form was not accepted");
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
