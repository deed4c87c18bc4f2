// Shows how the body is split.
import { byId, clip, count, element, number } from "./dom.js";

const MAX_SHOWN = 300;

const REASONS = {
  "no-equals": "no =",
  "many-equals": "more than one =",
  "empty-key": "no key before the =",
};

const AMPERSAND = 0x26;

/**
 * Returns the segments of `body` in order, as `{ gap, raw, offset, key?, value?, reason? }`: `raw` is
 * the segment's own text, `gap` the `&` before it. The last may be only a gap.
 */
export function segments(body, { pairs, dropped }) {
  const bytes = new TextEncoder().encode(body);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const text = (start, end) => decoder.decode(bytes.subarray(start, end));
  const found = [...pairs, ...dropped].sort((a, b) => a.offset - b.offset);
  let at = 0;
  const list = found.map((segment) => {
    const end = bytes.indexOf(AMPERSAND, segment.offset);
    const gap = text(at, segment.offset);
    at = end < 0 ? bytes.length : end;
    return { ...segment, gap, raw: text(segment.offset, at) };
  });
  if (at < bytes.length) list.push({ gap: text(at), raw: "", offset: at });
  return list;
}

export function showSplit(body, inspection) {
  const { pairs, dropped } = inspection;
  byId("counts").textContent = `${count(pairs.length, "pair")}, ${number(dropped.length)} dropped`;

  const all = segments(body, inspection);
  byId("split").replaceChildren(...all.slice(0, MAX_SHOWN).map(segmentView), ...rest(all.length, "li"));
  if (!all.length) byId("split").append(element("li", { className: "muted" }, "The body is empty."));

  byId("dropped-view").hidden = !dropped.length;
  byId("dropped").replaceChildren(...dropped.slice(0, MAX_SHOWN).map(droppedView), ...rest(dropped.length, "li"));

  byId("pairs").replaceChildren(...pairs.slice(0, MAX_SHOWN).map(pairView));
  byId("pairs-rest").replaceChildren(...rest(pairs.length, "span"));
}

function segmentView(segment) {
  const { gap, raw, offset, reason } = segment;
  const item = element("li", {});
  if (gap) item.append(element("span", { className: "gap" }, clip(gap)));
  if (reason) item.append(droppedChip(raw, offset, reason));
  else if (raw) item.append(pairChip(raw, offset));
  return item;
}

function pairChip(raw, offset) {
  // With the rules "whatwg" a pair may have no `=`.
  const at = raw.includes("=") ? raw.indexOf("=") : raw.length;
  const chip = element("span", { className: "pair", title: `A pair, at byte offset ${offset}` });
  chip.append(element("span", { className: "key" }, clip(raw.slice(0, at))), raw.slice(at, at + 1));
  chip.append(element("span", { className: "value" }, clip(raw.slice(at + 1))));
  return chip;
}

function droppedChip(raw, offset, reason) {
  const title = `Dropped, at byte offset ${offset}: ${REASONS[reason]} (${reason})`;
  const text = element("span", { className: "text" }, clip(raw));
  return element("span", { className: "dropped", title }, text, " ", element("span", { className: "reason" }, REASONS[reason]));
}

function droppedView({ offset, text, reason }) {
  return element("li", {}, element("code", {}, clip(text)), ` at byte ${number(offset)}: ${REASONS[reason]}`);
}

function pairView({ key, value, offset }) {
  return element("tr", {}, element("td", {}, number(offset)), element("td", {}, clip(key)), element("td", {}, clip(value)));
}

function rest(length, tag) {
  return length > MAX_SHOWN ? [element(tag, { className: "muted" }, `… and ${number(length - MAX_SHOWN)} more, not shown`)] : [];
}
