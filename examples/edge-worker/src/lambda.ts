// Lambda's Invoke API, asynchronously, until it has said 202 or the time is over.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
import type { Lambda } from "./config.js";
import { log } from "./log.js";

/** Lambda does not take the event, and would not if it were sent again. */
export class Refused extends Error {}

/** Lambda has not taken the event in time; it may take it later. */
export class Unavailable extends Error {}

// In ms; see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter").
const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 2_000;

// Too slow, inactive or just being changed, gone for now, throttled: other statuses below 500 stay as they are.
const PASSING = [408, 409, 410, 429];

/**
 * Hands the event over. Where an answer is lost, Lambda may have taken the event and is sent it
 * again: its `requestId` is the same.
 */
export async function invoke(lambda: Lambda, event: Uint8Array, requestId: string): Promise<void> {
  const end = Date.now() + lambda.timeBudget;
  for (let attempt = 1; ; attempt++) {
    const failure = await attemptOnce(lambda, event, Math.min(lambda.attemptTimeout, end - Date.now()));
    if (!failure) return;
    const longest = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
    const pause = Math.max(Math.random() * longest, failure.retryAfter);
    const again = Date.now() + pause < end;
    log("warn", "Lambda did not take the event", { requestId, attempt, cause: failure.cause, again });
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
  // Signed anew, as a signature is of its time.
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
  // What it says is not for the log either: of a wrong signature, Lambda repeats the headers.
  await response.body?.cancel();
  if (response.status === 202) return undefined;
  const cause = `status ${response.status} ${errorType(response)}`.trim();
  if (response.status < 500 && !PASSING.includes(response.status)) throw new Refused(cause);
  return { cause, retryAfter: 1000 * (Number(response.headers.get("retry-after")) || 0) };
}

/** Such as `ResourceNotFoundException`. */
function errorType({ headers }: Response): string {
  return /^\w+/.exec(headers.get("x-amzn-errortype") ?? "")?.[0] ?? "";
}
