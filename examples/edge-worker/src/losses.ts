// Counts what of a form will not reach the function, for the answer and the log.
import { type FormOptions, inspect } from "formevent";

import type { Config } from "./config.js";
import { answering, type Form } from "./form.js";
import { log } from "./log.js";

/** How many of each kind an answer, an event or the log lists at most. */
export const MAX_LISTED = 100;

export interface Losses {
  /** The first of them. */
  readonly dropped: readonly Loss[];
  readonly droppedCount: number;
  /** The first of the repeated keys. JSON readers keep only their last values. */
  readonly repeated: readonly { readonly offset: number; readonly count: number }[];
  readonly repeatedCount: number;
}

/** A dropped segment of a urlencoded form, or a dropped part of a multipart form. */
export type Loss = { readonly offset: number; readonly reason: string } & Readonly<Record<string, unknown>>;

const NOTHING: Losses = { dropped: [], droppedCount: 0, repeated: [], repeatedCount: 0 };

export function lossesOf({ fields, multipart, options }: Form, { shape, dropped: how }: Config): Losses {
  // Such an event has the whole body.
  if (shape && !shape.hasPairs && !shape.hasDropped && how === "ignore") return NOTHING;
  const { rules, duplicates } = options;
  const isMerged = duplicates === "group" || duplicates === "arrays";
  if (rules === "whatwg" && isMerged && !multipart) return NOTHING;
  // The limits of a multipart form were for the body as it was sent.
  const own: FormOptions = multipart ? { rules, decode: true } : options;
  // To count is fast, and most forms lose nothing.
  const { counts } = answering(() => inspect(fields, { ...own, maxListed: 0 }));
  const parts = multipart?.dropped(rules);
  const droppedCount = parts?.length ?? counts.dropped;
  const repeatedCount = isMerged ? 0 : counts.repeated;
  if (!droppedCount && !repeatedCount) return NOTHING;
  const { dropped, repeated } = inspect(fields, { ...own, maxListed: MAX_LISTED });
  return {
    dropped: (parts?.slice(0, MAX_LISTED) ?? dropped) as readonly Loss[],
    droppedCount,
    repeated: isMerged ? [] : repeated.map(({ offset, count }) => ({ offset: multipart?.partAt(offset)?.offset ?? offset, count })),
    repeatedCount,
  };
}

/** Logs one line if something is lost. */
export function logLosses({ dropped, droppedCount, repeated, repeatedCount }: Losses, requestId: string): void {
  if (!droppedCount && !repeatedCount) return;
  const listed = ({ offset, reason }: Loss) => ({ offset, reason });
  log("warn", "fields are not in the event", { requestId, droppedCount, dropped: dropped.map(listed), repeatedCount, repeated });
}

/** Tells the client what is lost; in an answer with the event also where it is, in bytes. */
export function withLosses(answer: Response, { dropped, droppedCount, repeated, repeatedCount }: Losses, isEcho = false): Response {
  // A number with a parameter: https://www.rfc-editor.org/rfc/rfc9651
  const value = (count: number, places: readonly { readonly offset: number }[]): string =>
    isEcho ? `${count};offsets="${places.map(({ offset }) => offset).join(" ")}"` : String(count);
  if (droppedCount) answer.headers.set("x-formevent-dropped", value(droppedCount, dropped));
  if (repeatedCount) answer.headers.set("x-formevent-repeated", value(repeatedCount, repeated));
  return answer;
}
