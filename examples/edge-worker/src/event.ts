// Turns the request's form into the function's event.
import { type DroppedSegment, type EventInfo, eventFromRequest, FormError, formToEventBytes, inspect, readBody } from "formevent";
import { checkMediaType } from "formevent/media-type";
import { formToEventBytes as formToShapedEvent, eventFromRequest as shapedEventFromRequest } from "formevent/shapes";

import { Refusal } from "./answers.js";
import type { Config } from "./config.js";

/** How many dropped segments an answer or an event lists at most. */
const MAX_LISTED = 100;
/** How many characters of each an answer shows at most. */
const MAX_SHOWN = 100;

/** Refuses a request whose headers do not announce a form in UTF-8. */
export function checkHeaders({ headers }: Request): void {
  try {
    checkMediaType(headers);
  } catch (error) {
    throw error instanceof FormError ? refused(error) : error;
  }
}

/** Returns the event in UTF-8. Stops reading a body that is too long. */
export async function makeEvent(request: Request, config: Config, requestId: string): Promise<Uint8Array> {
  const { options, shape, stage, omitHeaders, extraMembers } = config;
  const headers: [string, string][] = [];
  request.headers.forEach((value, name) => {
    if (!omitHeaders.has(name)) headers.push([name, value]);
  });
  const info: EventInfo & { extra: [string, string][] } = {
    headers,
    stage,
    sourceIp: request.headers.get("cf-connecting-ip") ?? "",
    userAgent: request.headers.get("user-agent") ?? "",
    extra: [...extraMembers] as [string, string][],
  };
  if (shape) {
    const { pathname: path, search } = new URL(request.url);
    Object.assign(info, { method: request.method, path, queryString: search.slice(1), requestId });
  } else {
    // Only a shape has a place for the id.
    info.extra.unshift(["requestId", requestId]);
  }
  const shaped = { ...options, shape: shape?.document };
  try {
    if (config.dropped === "ignore" && !shape?.hasDropped) {
      return await (shape ? shapedEventFromRequest(request, info, shaped) : eventFromRequest(request, info, options));
    }
    const body = await readBody(request, options.maxBytes);
    const { dropped, counts } = inspect(body, { ...options, maxListed: MAX_LISTED });
    if (counts.dropped > options.maxPairs) throw tooManyDropped(counts.dropped, options.maxPairs);
    if (config.dropped === "refuse" && counts.dropped) throw hasDropped(dropped, counts.dropped);
    if (config.dropped === "pass" && !shape?.hasDropped) {
      const list: object[] = counts.dropped > MAX_LISTED ? [...dropped, { count: counts.dropped }] : dropped;
      // A string, like the event's own members.
      info.extra.push(["dropped", JSON.stringify(list)]);
    }
    return shape ? formToShapedEvent(body, info, shaped) : formToEventBytes(body, info, options);
  } catch (error) {
    throw error instanceof FormError ? refused(error) : error;
  }
}

const RULE = "each segment between two & must have a key and exactly one =";

function hasDropped(dropped: DroppedSegment[], count: number): Refusal {
  const shown = dropped.map(({ text, ...rest }) => ({ ...rest, text: shortened(text) }));
  const message = `${RULE}; violations: ${count}, of which dropped lists the first ${dropped.length}`;
  return new Refusal(400, "dropped-segments", message, { count, dropped: shown });
}

function tooManyDropped(count: number, limit: number): Refusal {
  return new Refusal(413, "too-many-dropped", `${RULE}; violations: ${count}, limit: ${limit}`, { limit });
}

function shortened(text: string): string {
  const characters = [...text.slice(0, 2 * MAX_SHOWN + 2)];
  return characters.length > MAX_SHOWN ? `${characters.slice(0, MAX_SHOWN).join("")}…` : text;
}

// Every other code is about a limit: 413.
const STATUSES: Partial<Record<FormError["code"], number>> = {
  "media-type": 415,
  charset: 415,
  "content-coding": 415,
  "invalid-utf8": 400,
  "unreadable-body": 400,
  "out-of-memory": 503,
};
// What the client may send instead.
const HEADERS: Partial<Record<FormError["code"], Record<string, string>>> = {
  "media-type": { accept: "application/x-www-form-urlencoded" },
  charset: { accept: "application/x-www-form-urlencoded; charset=utf-8" },
  "content-coding": { "accept-encoding": "identity" },
};

function refused({ code, message, offset, limit }: FormError): Refusal {
  return new Refusal(STATUSES[code] ?? 413, code, message, { offset, limit }, HEADERS[code]);
}
