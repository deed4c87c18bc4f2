// Sends events to the target: repeats each call until the target accepts its events or the time is up.
import { log } from "./log.js";
import type { Outgoing, Verdict } from "./services.js";
import type { Target } from "./target.js";

/** The target refuses the event, and would refuse it again. */
export class Refused extends Error {}

/** The target has not accepted the event in time, but may accept it later. */
export class Unavailable extends Error {
  /** `retryAfter` is in ms. */
  constructor(
    cause: string,
    readonly retryAfter = 0,
  ) {
    super(cause);
  }
}

/** The outcome for an event: undefined if the target has accepted it. */
export type Outcome = Error | undefined;

// In ms; see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter").
const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 2_000;

// Too slow, a function that is idle or being updated, gone for now, throttled. Other statuses below 500 are permanent.
const TEMPORARY = [408, 409, 410, 429];
// Most services throttle with status 400, and name entries that failed through no fault of the caller:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
const TEMPORARY_CODE = /Throttl|TooManyRequests|LimitExceeded|SlowDown|RequestTimeout|^Internal|ServiceUnavailable/;

/** Returns the event as the target takes it. */
export function outgoing({ service }: Target, event: Uint8Array, requestId: string): Outgoing {
  return { requestId, bytes: service.isText ? withEscapes(event) : event };
}

/**
 * Writes U+FFFE and U+FFFF, which SQS refuses, as escape sequences. JSON has escape sequences for its other
 * characters that XML does not allow: https://www.w3.org/TR/REC-xml/#charsets
 */
function withEscapes(json: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(json);
  const escaped = text.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
  return escaped === text ? json : new TextEncoder().encode(escaped);
}

/**
 * Sends the events, and returns their outcomes in the same order. If an answer gets lost, the target may
 * already have accepted an event, which is then sent a second time with the same `requestId`.
 */
export async function send(target: Target, events: readonly Outgoing[]): Promise<Outcome[]> {
  const outcomes = batches(events, target.service.batch).map((batch) =>
    sendBatch(target, batch).catch((error: Error) => batch.map(() => error)),
  );
  return (await Promise.all(outcomes)).flat();
}

/** Divides the events into calls. */
function batches(events: readonly Outgoing[], { most, bytes }: { most: number; bytes: number }): Outgoing[][] {
  const list: Outgoing[][] = [];
  let size = 0;
  for (const event of events) {
    const last = list.at(-1);
    size += event.bytes.length;
    if (last && last.length < most && size <= bytes) {
      last.push(event);
    } else {
      list.push([event]);
      size = event.bytes.length;
    }
  }
  return list;
}

async function sendBatch(target: Target, events: readonly Outgoing[]): Promise<Outcome[]> {
  const end = Date.now() + target.timeBudget;
  const outcomes: Outcome[] = [];
  let waiting = [...events.keys()];
  for (let attempt = 1; ; attempt++) {
    const now = await attemptOnce(
      target,
      waiting.map((index) => events[index]!),
      end,
    );
    waiting.forEach((index, place) => {
      outcomes[index] = now[place];
    });
    const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
    const retryAfter = now.map((outcome) => (outcome instanceof Unavailable ? outcome.retryAfter : 0));
    const pause = Math.max(Math.random() * longest, ...retryAfter);
    const again = Date.now() + pause < end;
    waiting = waiting.filter((index) => outcomes[index] instanceof Unavailable);
    for (const index of waiting) {
      const { requestId } = events[index]!;
      log("warn", "the target did not accept the event", { requestId, attempt, cause: outcomes[index]!.message, again });
    }
    if (!waiting.length || !again) return outcomes;
    await scheduler.wait(pause);
  }
}

/** Calls the target until `end` at the latest. */
async function attemptOnce(target: Target, events: readonly Outgoing[], end: number): Promise<Outcome[]> {
  const { client, service, url } = target;
  const all = (outcome: Outcome): Outcome[] => events.map(() => outcome);
  // Sign each attempt anew: a signature expires.
  const request = await client.sign(url, { method: "POST", ...service.call(target, events) });
  const timeout = Math.max(Math.min(target.attemptTimeout, end - Date.now()), 1);
  let response: Response;
  let body: string;
  try {
    response = await fetch(request, { redirect: "manual", signal: AbortSignal.timeout(timeout) });
    body = await response.text();
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return all(new Unavailable(timedOut ? `no answer within ${timeout} ms` : "the connection failed"));
  }
  const { status, headers } = response;
  if (status === service.status) return service.verdicts(body, events).map(outcomeOf);
  const code = errorCode(headers, body);
  if (code && code === service.repeated) {
    for (const { requestId } of events) log("warn", "the target already has the event", { requestId, cause: code });
    return all(undefined);
  }
  const cause = `status ${status} ${code}`.trim();
  if (status >= 500 || TEMPORARY.includes(status) || TEMPORARY_CODE.test(code)) {
    return all(new Unavailable(cause, 1000 * (Number(headers.get("retry-after")) || 0)));
  }
  // The cause can be one of them.
  if (events.length > 1) return (await Promise.all(events.map((event) => attemptOnce(target, [event], end)))).flat();
  return all(new Refused(cause));
}

function outcomeOf(verdict: Verdict): Outcome {
  if (verdict === true) return undefined;
  if (!verdict) return new Unavailable("the answer has no result for the event");
  const code = word(verdict.Code);
  return verdict.SenderFault === false || TEMPORARY_CODE.test(code) ? new Unavailable(code) : new Refused(code);
}

/**
 * Returns AWS's name for the error, such as `ResourceNotFoundException`. Do not log the rest of the body:
 * after a wrong signature, it repeats the headers.
 */
function errorCode(headers: Headers, body: string): string {
  return word(headers.get("x-amzn-errortype") ?? /(?:"__type"\s*:\s*"|<Code>)([^"<]*)/.exec(body)?.[1]);
}

// Without a namespace and a URL: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization
const word = (code: unknown): string => /^(?:[^#:]*#)?([\w.]{1,100})/.exec(String(code ?? ""))?.[1] ?? "";
