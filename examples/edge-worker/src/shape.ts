// Checks the setting SHAPE, and finds out what the worker has to know about it.
import { FormError, type FormOptions } from "formevent";
import { type EventOptions, formToEvent, PRESETS, type ShapeName } from "formevent/shapes";

import { ConfigError } from "./settings.js";

type Document = NonNullable<EventOptions["shape"]>;

export interface Shape {
  readonly document: Document;
  /** The options that go with it. */
  readonly options: Pick<FormOptions, "rules" | "decode">;
  /** Whether it has the hole `$pairs`, so that its event lacks what is dropped. */
  readonly hasPairs: boolean;
  /** Whether it has the hole `$dropped`. */
  readonly hasDropped: boolean;
  /** The names that lead to the request's id in the event, if it is there. */
  readonly idPath: readonly string[] | undefined;
}

/** Reads a shape that takes these extra members and, unless it has `$dropped`, the member `dropped`. */
export function readShape(document: Document, extraMembers: Iterable<readonly [string, string]>, passDropped: boolean): Shape {
  const extra: (readonly [string, string])[] = [...extraMembers];
  const requestId = crypto.randomUUID();
  const { shape, ...options } = typeof document === "string" ? PRESETS[document as ShapeName] : { shape: document };
  try {
    const written = JSON.stringify(shape);
    const has = (hole: string): boolean => written.includes(JSON.stringify(hole));
    const hasDropped = has("$dropped");
    if (passDropped && !hasDropped) extra.push(["dropped", ""]);
    const event = formToEvent("", { requestId, extra }, { shape: document });
    return { document, options, hasPairs: has("$pairs"), hasDropped, idPath: pathTo(requestId, JSON.parse(event)) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const words = error.message.replace("info.extra", "EXTRA_MEMBERS");
    throw new ConfigError(
      error instanceof FormError
        ? `SHAPE, EXTRA_MEMBERS and DROPPED do not fit together: ${words}`
        : `SHAPE: ${words.replace(/^shape:? /, "")}`,
    );
  }
}

/** Returns the names that lead to `text` in a JSON value. */
function pathTo(text: string, value: unknown): string[] | undefined {
  if (value === text) return [];
  for (const [name, item] of Object.entries(typeof value === "object" && value ? value : {})) {
    const rest = pathTo(text, item);
    if (rest) return [name, ...rest];
  }
  return undefined;
}
