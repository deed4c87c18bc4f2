// Implements the functions that the worker imports from formevent in the obvious way. `cargo xtask load` and
// `cargo xtask attack` compare the worker with this.
export { DUPLICATES, RULES, UTF8 } from "../../pkg/ts/abi.ts";

export class FormError extends Error {}

export const readBody = (request) => request.text();
export const inspect = () => ({ pairs: [], dropped: [], repeated: [], counts: { pairs: 0, dropped: 0, repeated: 0 } });

/** The values of each field, in lists. */
export function formToJson(body) {
  const lists = {};
  for (const [name, value] of new URLSearchParams(body)) (lists[name] ??= []).push(value);
  return JSON.stringify(lists);
}

export function formToEventBytes(body, { headers, stage, sourceIp, userAgent, extra }, { maxBytes, maxOutput }) {
  if (body.length > maxBytes) throw new FormError("too many bytes");
  const event = JSON.stringify({
    headers: Object.fromEntries(headers),
    querystring: Object.fromEntries(new URLSearchParams(body)),
    stage,
    sourceIp,
    userAgent,
    ...Object.fromEntries(extra),
  });
  const bytes = new TextEncoder().encode(event);
  if (bytes.length > maxOutput) throw new FormError("too much output");
  return bytes;
}
