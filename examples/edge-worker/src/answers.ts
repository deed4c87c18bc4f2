// The answers to the client: JSON, and for an error a problem as in RFC 9457.
import type { Config } from "./config.js";

/** An error that is the client's answer. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    /** Names the error for programs; the message is for people. */
    readonly code: string,
    message: string,
    /** Further members of the answer. */
    readonly details: object = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** https://www.rfc-editor.org/rfc/rfc9457 */
export function problem({ status, code, message, details, headers }: Refusal, requestId: string): Response {
  const body = { title: TITLES[status], status, code, detail: message, ...details, requestId };
  return Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } });
}

/** Answers with the event itself. */
export function echo(event: Uint8Array): Response {
  const answer = new Response(event);
  // workerd sets headers one by one in half the time that it takes for an object of them.
  answer.headers.set("content-type", "application/json");
  answer.headers.set("x-formevent", "echo");
  return answer;
}

/** Redirects a browser that posted the form itself, since it would show the answer. Programs get JSON. */
export function accepted(request: Request, { redirectTo }: Config, requestId: string): Response {
  if (redirectTo && isNavigation(request)) return new Response(null, { status: 303, headers: { location: redirectTo } });
  return Response.json({ requestId }, { status: 202 });
}

// https://www.w3.org/TR/fetch-metadata/. Clients that do not send it are judged by the types they accept.
function isNavigation({ headers }: Request): boolean {
  const mode = headers.get("sec-fetch-mode");
  return mode ? mode === "navigate" : (headers.get("accept") ?? "").includes("text/html");
}

/** Refuses pages of other origins than the allowed ones. Only browsers send an origin. */
export function checkOrigin(request: Request, { allowedOrigins }: Config): void {
  if (!allowedOrigins.size) return;
  const origin = request.headers.get("origin");
  if (origin === null || origin === new URL(request.url).origin) return;
  if (!allowedOrigins.has("*") && !allowedOrigins.has(origin)) {
    throw new Refusal(403, "origin-not-allowed", `pages of ${origin} may not post here: the origin is not in ALLOWED_ORIGINS`);
  }
}

/** Lets pages of allowed origins read the answer. https://fetch.spec.whatwg.org/#http-cors-protocol */
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
    headers.set("access-control-expose-headers", "x-request-id, x-formevent, x-formevent-dropped, x-formevent-repeated, retry-after");
  }
}
