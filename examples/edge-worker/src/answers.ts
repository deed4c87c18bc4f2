// What the client is told: JSON, and where it is an error a problem as RFC 9457 has it.
import type { Config } from "./config.js";

/** Why there is no event, as it is answered. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** For programs, as the message is for people. */
    readonly code: string,
    message: string,
    /** More members of the answer. */
    readonly details: object = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

const TITLES: Record<number, string> = {
  400: "Bad Request",
  403: "Forbidden",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** https://www.rfc-editor.org/rfc/rfc9457 */
export function problem({ status, code, message, details, headers }: Refusal, requestId: string): Response {
  const body = { title: TITLES[status], status, code, detail: message, ...details, requestId };
  return Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } });
}

/**
 * What happened to the form: a page for a browser that posted the form itself and so shows the
 * answer, JSON for a program.
 */
export function accepted(request: Request, { redirectTo }: Config, requestId: string): Response {
  if (redirectTo && isNavigation(request)) return new Response(null, { status: 303, headers: { location: redirectTo } });
  return Response.json({ requestId }, { status: 202 });
}

// https://www.w3.org/TR/fetch-metadata/, and for what does not send that, what it takes.
function isNavigation({ headers }: Request): boolean {
  const mode = headers.get("sec-fetch-mode");
  return mode ? mode === "navigate" : (headers.get("accept") ?? "").includes("text/html");
}

/** Refuses a page that is not allowed to post here. Programs other than browsers send no origin. */
export function checkOrigin(request: Request, { allowedOrigins }: Config): void {
  const origin = request.headers.get("origin");
  if (!allowedOrigins.size || origin === null || origin === new URL(request.url).origin) return;
  if (!allowedOrigins.has("*") && !allowedOrigins.has(origin)) {
    throw new Refusal(403, "origin-not-allowed", `pages of ${origin} may not post here: ALLOWED_ORIGINS has those that may`);
  }
}

/** Lets pages of allowed origins read the answer: https://fetch.spec.whatwg.org/#http-cors-protocol */
export function share(headers: Headers, request: Request, { allowedOrigins }: Config): void {
  if (!allowedOrigins.size) return;
  const origin = request.headers.get("origin");
  const allowed = allowedOrigins.has("*") ? "*" : origin !== null && allowedOrigins.has(origin) ? origin : undefined;
  if (allowed !== "*") headers.append("vary", "origin");
  if (!allowed) return;
  headers.set("access-control-allow-origin", allowed);
  if (request.method === "OPTIONS") {
    headers.set("access-control-allow-methods", "POST");
    headers.set("access-control-allow-headers", "content-type");
    headers.set("access-control-max-age", "86400");
  } else {
    headers.set("access-control-expose-headers", "x-request-id, x-formevent, retry-after");
  }
}
