// The request's form as the function's event.
import { eventFromRequest, FormError, inspect, readBody } from "formevent";

import { Refusal } from "./answers.js";
import type { Config } from "./config.js";

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
  const extra = [["requestId", requestId], ...extraMembers] as [string, string][];
  const info = {
    headers: [...request.headers].filter(([name]) => !omitHeaders.has(name)),
    stage,
    sourceIp: request.headers.get("cf-connecting-ip") ?? "",
    extra,
  };
  try {
    if (config.dropped !== "ignore") {
      const body = await readBody(request, options.maxBytes);
      const { dropped } = inspect(body, options);
      if (dropped.length && config.dropped === "refuse") throw hasDropped(dropped);
      // The event's own members are strings, and so is this one.
      if (config.dropped === "pass") extra.push(["dropped", JSON.stringify(dropped)]);
      request = new Request(request, { body });
    }
    return await eventFromRequest(request, info, options);
  } catch (error) {
    throw error instanceof FormError ? refused(error) : error;
  }
}

function hasDropped(dropped: object[]): Refusal {
  const message = "each part of the body between two & has to have one = with a name before it; see dropped for those that do not";
  return new Refusal(400, "dropped-segments", message, { dropped });
}

// Of the others, each is a limit.
const STATUSES: Partial<Record<FormError["code"], number>> = { "invalid-utf8": 400, "unreadable-body": 400, "out-of-memory": 503 };

function refused({ code, message, offset, limit }: FormError): Refusal {
  return new Refusal(STATUSES[code] ?? 413, code, message, { offset, limit });
}
