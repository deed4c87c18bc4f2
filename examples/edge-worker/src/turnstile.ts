// Asks Turnstile whether a human has posted the form: https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
import { Refusal } from "./answers.js";
import type { Guard, Values } from "./guard.js";
import { log } from "./log.js";
import { type Form, isHttp } from "./settings.js";

interface Turnstile {
  readonly secret: string;
  readonly url: string;
  /** The fate of a form if Turnstile cannot be asked. */
  readonly unavailable: "refuse" | "accept";
}

const SITEVERIFY = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
/** The field that the widget adds to its form. */
const FIELD = "cf-turnstile-response";
const TIMEOUT = 5_000;

const SECRET: Form = { test: (text) => /^[!-~]+$/.test(text), allowed: "made of ASCII characters without spaces", secret: true };
const HTTP: Form = {
  test(text) {
    const url = URL.parse(text);
    return url !== null && isHttp(url);
  },
  allowed: "an absolute http or https URL",
};

export const turnstile: Guard = (settings) => {
  const secret = settings.text("TURNSTILE_SECRET", SECRET);
  const url = settings.text("TURNSTILE_URL", HTTP) || SITEVERIFY;
  const unavailable = settings.choice("TURNSTILE_UNAVAILABLE", ["refuse", "accept"]);
  if (!secret) return undefined;
  return { fields: (values, request, requestId) => check(values, request, requestId, { secret, url, unavailable }) };
};

async function check(values: Values, { headers }: Request, requestId: string, turnstile: Turnstile): Promise<void> {
  const refusal = (why: string): Refusal => new Refusal(403, "turnstile", `${why}; please load the page again`);
  const token = values.get(FIELD)?.at(-1);
  if (!token) throw refusal(`the form must have Turnstile's field ${FIELD}`);
  const answer = await ask(turnstile, { response: token, remoteip: headers.get("cf-connecting-ip") ?? undefined, requestId });
  if (answer.success) return;
  const causes = answer["error-codes"] ?? [];
  // These say that a person or the sender's token is at fault; the others, that the settings or Turnstile are.
  const isRefused = causes.every((cause) => /^(invalid|missing)-input-response$|^timeout-or-duplicate$|^bad-request$/.test(cause));
  if (isRefused) throw refusal("Turnstile does not accept the form's token");
  const accept = turnstile.unavailable === "accept";
  log(accept ? "warn" : "error", "Turnstile cannot be asked", { requestId, causes, accepted: accept });
  if (accept) return;
  const message = "Turnstile cannot be asked; your form was not accepted, please post it again later";
  throw new Refusal(503, "turnstile-unavailable", message, {}, { "retry-after": "10" });
}

interface Answer {
  readonly success?: boolean;
  readonly "error-codes"?: readonly string[];
}

interface Question {
  readonly response: string;
  readonly remoteip: string | undefined;
  readonly requestId: string;
}

async function ask({ url, secret }: Turnstile, { requestId, ...question }: Question): Promise<Answer> {
  try {
    const body = JSON.stringify({ secret, ...question, idempotency_key: requestId });
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    const answer: Answer | null = await response.json();
    if (typeof answer?.success === "boolean") return answer;
    return { "error-codes": [`status ${response.status}`] };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { "error-codes": [timedOut ? `no answer within ${TIMEOUT} ms` : "no answer that is JSON"] };
  }
}
