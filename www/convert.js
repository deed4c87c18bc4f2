// Makes the event of the page's state, and the template's result for the same body.

import { formToEvent, PRESETS } from "./formevent/dist/shapes.js";
import { verdict } from "./formevent/dist/template.js";
import { FormError, inspect } from "./formevent/entries/browser.js";
import * as snippets from "./snippets.js";
import { eventInfo, options, shapeOf, workerSettings } from "./state.js";
import { clip } from "./text.js";

const MAX_SHOWN = 300;

const AMPERSAND = 0x26;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Returns all that the page shows of `state`, the same in every part for a body of any length. */
export function convert({ state, address }) {
  const { info, unread } = eventInfo(state);
  const event = makeEvent(state, info);
  const preset = { rules: "template", decode: false, shape: event.shape, ...PRESETS[state.shape] };
  const settings = workerSettings(state, preset);
  const { rules, decode } = state;
  return {
    ...event,
    unread,
    settings,
    // Without `utf8`, so that the segments show even if strict UTF-8 refuses the event.
    body: listed(state.body, { rules, decode }, shown),
    template: byTemplate(state.body),
    isEncoded: !decode && /%[\dA-F]{2}|\+/i.test(state.body),
    ...about(event.shape ?? null),
    snippet:
      event.shape === undefined || state.copy === "json"
        ? event.json
        : snippets[state.copy]({ ...state, address, settings }, info, options(state), preset),
  };
}

function makeEvent(state, info) {
  let shape;
  try {
    shape = shapeOf(state);
    const json = formToEvent(state.body, info, { ...options(state), shape });
    return { shape, json, size: encoder.encode(json).length };
  } catch (error) {
    const { message, code, offset } = error;
    if (error instanceof FormError) return { shape, error: { message, code, offset } };
    // Only an own document can be wrong otherwise. Then the event has no shape.
    if (state.shape !== "own") throw error;
    return { error: { message }, problem: error instanceof SyntaxError ? `This is not JSON: ${message}.` : `${message}.` };
  }
}

// Which holes of the shape take the fields, and its members that do not, which the page folds.
function about(shape) {
  const document = typeof shape === "string" ? PRESETS[shape].shape : shape;
  const json = JSON.stringify(document);
  const isFolded = ([, value]) => !/"\$(pairs|body|dropped)/.test(JSON.stringify(value));
  return {
    hasPairs: json.includes('"$pairs"'),
    hasBody: /"\$body/.test(json),
    folded:
      Object(document) === document && !Array.isArray(document)
        ? Object.entries(document)
            .filter(isFolded)
            .map(([name]) => name)
        : [],
  };
}

/**
 * Returns the first segments of `body` in order, each as `{ gap, raw, offset, reason?, time?, times? }` through
 * `view`: `raw` is the segment's own text, `gap` the `&` before it, `time` which of `times` pairs with its key it
 * is. The last may be only a gap.
 */
function listed(body, options, view) {
  const bytes = encoder.encode(body);
  const text = (start, end) => decoder.decode(bytes.subarray(start, end));
  const { pairs, dropped, repeated, counts } = inspect(bytes, { ...options, maxListed: MAX_SHOWN });
  const times = new Map(repeated.map(({ key, count }) => [key, { count, seen: 0 }]));
  let at = 0;
  const segments = [...pairs, ...dropped]
    .sort((a, b) => a.offset - b.offset)
    .slice(0, MAX_SHOWN)
    .map(({ key, offset, reason }) => {
      const end = bytes.indexOf(AMPERSAND, offset);
      const gap = text(at, offset);
      at = end < 0 ? bytes.length : end;
      const segment = { gap, raw: text(offset, at), offset, reason };
      const repeat = key === undefined ? undefined : times.get(key);
      return repeat ? { ...segment, time: ++repeat.seen, times: repeat.count } : segment;
    });
  const more = counts.pairs + counts.dropped - segments.length;
  if (!more && at < bytes.length) segments.push({ gap: text(at), raw: "", offset: at });
  return { bytes: bytes.length, segments: segments.map(view), more, counts, ...lists(dropped, repeated, counts) };
}

// Splits a pair, as it was sent. With the rules "whatwg" it may have no `=`.
function parts(raw) {
  const at = raw.includes("=") ? raw.indexOf("=") : raw.length;
  return { key: raw.slice(0, at), equals: raw.slice(at, at + 1), value: raw.slice(at + 1) };
}

// Cuts each text to a length that a browser lays out at once.
const shown = (segment) => cut({ ...segment, ...parts(segment.raw) });

const cut = (segment) => Object.fromEntries(Object.entries(segment).map(([name, it]) => [name, typeof it === "string" ? clip(it) : it]));

// The dropped segments, and how many pairs have a key that comes again: not known of too many keys.
function lists(dropped, repeated, counts) {
  const again = counts.repeated > repeated.length ? undefined : repeated.reduce((sum, { count }) => sum + count - 1, 0);
  return { dropped: dropped.map(({ text, ...rest }) => ({ ...rest, text: clip(text) })), again };
}

// ---- The template

function byTemplate(body) {
  const { segments, more, counts, again } = listed(body, { rules: "template" }, written);
  return {
    verdict: verdict(body),
    rows: segments.filter(({ raw }) => raw),
    more,
    lost: again === undefined ? undefined : counts.dropped + again,
  };
}

// Adds the text that the template writes for a segment, and its fate: a verdict, or `again` if its key comes again.
function written(segment) {
  const { raw, time, times } = segment;
  const own = verdict(raw).verdict;
  const fate = own === "same" && time < times ? "again" : own;
  const { key, value } = parts(raw.replaceAll('"', '\\"'));
  const read = own === "differs" ? readBack(key, value) : undefined;
  // The member that formevent writes for it, decoded or not.
  const names = [parts(raw).key, ...new URLSearchParams(raw).keys()];
  return cut({ ...segment, fate, key, value, read, names });
}

// Returns the value as JSON readers get it, with the key if that changes too.
function readBack(...parts) {
  const [key, value] = parts.map((part) => JSON.parse(`"${part}"`));
  return visible(key === parts[0] ? value : `${key}: ${value}`);
}

const NAMES = { "\b": "backspace", "\t": "tab", "\n": "newline", "\f": "form feed", "\r": "return" };

// Names the control characters, which would look like the page's own line ends and spaces, or like nothing.
const visible = (text) => text.replace(/\p{Cc}/gu, (control) => `‹${NAMES[control] ?? `control ${control.charCodeAt(0)}`}›`);
