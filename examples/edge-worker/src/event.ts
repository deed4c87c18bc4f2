// Turns the request's form into the function's event.
import { type EventInfo, formToEventBytes } from "formevent";
import { formToEventBytes as formToShapedEvent } from "formevent/shapes";

import { Refusal } from "./answers.js";
import type { Config } from "./config.js";
import { answering, type Form } from "./form.js";
import { type Loss, type Losses, MAX_LISTED } from "./losses.js";

/** How many characters of a dropped segment an answer shows at most. */
const MAX_SHOWN = 100;

/** Returns the event in UTF-8. */
export function makeEvent(request: Request, form: Form, losses: Losses, config: Config, requestId: string): Uint8Array {
  const { options, shape, stage, omitHeaders, extraMembers } = config;
  const { dropped, droppedCount } = losses;
  if (config.dropped !== "ignore" || shape?.hasDropped) {
    if (droppedCount > options.maxPairs) throw tooManyDropped(droppedCount, options.maxPairs);
    if (config.dropped === "refuse" && droppedCount) throw hasDropped(dropped, droppedCount);
  }
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
  if (config.dropped === "pass" && !shape?.hasDropped) {
    const list: readonly object[] = droppedCount > MAX_LISTED ? [...dropped, { count: droppedCount }] : dropped;
    // A string, like the event's own members.
    info.extra.push(["dropped", JSON.stringify(list)]);
  }
  return answering(() =>
    shape || form.multipart
      ? formToShapedEvent(form.multipart ?? form.fields, info, { ...options, shape: shape?.document })
      : formToEventBytes(form.fields, info, options),
  );
}

const RULE = "each segment between two & must have a key and exactly one =";

function hasDropped(dropped: readonly Loss[], count: number): Refusal {
  const shown = dropped.map(({ text, ...rest }) => (typeof text === "string" ? { ...rest, text: shortened(text) } : rest));
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
