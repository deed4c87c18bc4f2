// The request's form as the function's event.
import { type DroppedSegment, eventFromRequest, FormError, formToEventBytes, inspect, readBody } from "formevent";

import { Refusal } from "./answers.js";
import type { Config } from "./config.js";

/** The most dropped segments that an answer or an event lists. */
const LISTED = 100;
/** The most characters of each that an answer shows. */
const SHOWN = 100;

const MEDIA_TYPE = "application/x-www-form-urlencoded";

/** Refuses what is no form, by its headers. */
export function checkMediaType({ headers }: Request): void {
  const type = headers.get("content-type");
  if (type?.split(";", 1)[0].trim().toLowerCase() !== MEDIA_TYPE) {
    const sent = type === null ? "without a content type" : `of ${JSON.stringify(type)}`;
    throw new Refusal(415, "media-type", `the body has to be ${MEDIA_TYPE}: this is one ${sent}`, {}, { accept: MEDIA_TYPE });
  }
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.toLowerCase() !== "identity") {
    const message = `the body has to be sent as it is, not with the content coding ${JSON.stringify(coding)}`;
    throw new Refusal(415, "content-coding", message, {}, { "accept-encoding": "identity" });
  }
}

/** The event, in UTF-8. A body that is too long is not read to its end. */
export async function makeEvent(request: Request, config: Config, requestId: string): Promise<Uint8Array> {
  const { options, stage, omitHeaders, extraMembers } = config;
  const info = {
    headers: [...request.headers].filter(([name]) => !omitHeaders.has(name)),
    stage,
    sourceIp: request.headers.get("cf-connecting-ip") ?? "",
    userAgent: request.headers.get("user-agent") ?? "",
    extra: [["requestId", requestId], ...extraMembers] as [string, string][],
  };
  try {
    if (config.dropped === "ignore") return await eventFromRequest(request, info, options);
    const body = await readBody(request, options.maxBytes);
    const { dropped, counts } = inspect(body, { ...options, maxListed: LISTED });
    if (counts.dropped > options.maxPairs) throw tooManyDropped(counts.dropped, options.maxPairs);
    if (config.dropped === "pass") {
      const list: object[] = counts.dropped > LISTED ? [...dropped, { count: counts.dropped }] : dropped;
      // The event's own members are strings, and so is this one.
      info.extra.push(["dropped", JSON.stringify(list)]);
    } else if (counts.dropped) {
      throw hasDropped(dropped, counts.dropped);
    }
    return formToEventBytes(body, info, options);
  } catch (error) {
    throw error instanceof FormError ? refused(error) : error;
  }
}

const PAIR = "each part of the body between two & has to have one = with a name before it";

function hasDropped(dropped: DroppedSegment[], count: number): Refusal {
  const shown = dropped.map(({ text, ...rest }) => ({ ...rest, text: cut(text) }));
  const message = `${PAIR}; number of parts without: ${count}, of which dropped has the first ${dropped.length}`;
  return new Refusal(400, "dropped-segments", message, { count, dropped: shown });
}

function tooManyDropped(count: number, limit: number): Refusal {
  return new Refusal(413, "too-many-dropped", `${PAIR}; number of parts without: ${count}, the limit is ${limit}`, { limit });
}

function cut(text: string): string {
  const characters = [...text.slice(0, 2 * SHOWN + 2)];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join("")}…` : text;
}

// Of the others, each is a limit.
const STATUSES: Partial<Record<FormError["code"], number>> = { "invalid-utf8": 400, "unreadable-body": 400, "out-of-memory": 503 };

function refused({ code, message, offset, limit }: FormError): Refusal {
  return new Refusal(STATUSES[code] ?? 413, code, message, { offset, limit });
}
