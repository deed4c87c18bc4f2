// Invokes the function asynchronously: repeats the call until Lambda answers 202 or the time is up.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import type { Lambda } from "./config.js";
import { log } from "./log.js";

/** Lambda refuses the event, and would refuse it again. */
export class Refused extends Error {}

/** Lambda has not accepted the event in time, but may accept it later. */
export class Unavailable extends Error {}

// In ms; see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter").
const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 2_000;

// Too slow, idle or being updated, gone for now, throttled. Other statuses below 500 are permanent.
const TEMPORARY = [408, 409, 410, 429];

/**
 * Sends the event. If an answer gets lost, Lambda may already have accepted the event, which is then
 * sent a second time with the same `requestId`.
 */
export async function invoke(lambda: Lambda, event: Uint8Array, requestId: string): Promise<void> {
  const end = Date.now() + lambda.timeBudget;
  for (let attempt = 1; ; attempt++) {
    const failure = await attemptOnce(lambda, event, Math.min(lambda.attemptTimeout, end - Date.now()));
    if (!failure) return;
    const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
    const pause = Math.max(Math.random() * longest, failure.retryAfter);
    const again = Date.now() + pause < end;
    log("warn", "Lambda did not accept the event", { requestId, attempt, cause: failure.cause, again });
    if (!again) throw new Unavailable(failure.cause);
    await scheduler.wait(pause);
  }
}

interface Failure {
  readonly cause: string;
  /** In ms. */
  readonly retryAfter: number;
}

async function attemptOnce({ client, url }: Lambda, event: Uint8Array, timeout: number): Promise<Failure | undefined> {
  // Sign each attempt anew: a signature expires.
  const request = await client.sign(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-amz-invocation-type": "Event" },
    body: event,
  });
  let response: Response;
  try {
    response = await fetch(request, { redirect: "manual", signal: AbortSignal.timeout(Math.max(timeout, 1)) });
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { cause: timedOut ? `no answer within ${timeout} ms` : "the connection failed", retryAfter: 0 };
  }
  // Do not log the body: after a wrong signature, Lambda repeats the headers in it.
  await response.body?.cancel();
  if (response.status === 202) return undefined;
  const cause = `status ${response.status} ${errorType(response)}`.trim();
  if (response.status < 500 && !TEMPORARY.includes(response.status)) throw new Refused(cause);
  return { cause, retryAfter: 1000 * (Number(response.headers.get("retry-after")) || 0) };
}

/** Returns AWS's name for the error, such as `ResourceNotFoundException`. */
function errorType({ headers }: Response): string {
  return /^\w+/.exec(headers.get("x-amzn-errortype") ?? "")?.[0] ?? "";
}
