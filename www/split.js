// The body shown as it was split.
import { byId, clip, count, element, number } from "./dom.js";

const MOST = 300;

const REASONS = {
  "no-equals": "no =",
  "many-equals": "more than one =",
  "empty-key": "nothing before the =",
};

const AMPERSAND = 0x26;

/**
 * The segments of `body` in order, each `{ gap, raw, offset, key?, value?, reason? }`: `gap` is
 * what stands before it (only ever `&`), `raw` its own text. The last may be a gap alone.
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
  byId("split").replaceChildren(...all.slice(0, MOST).map(segmentView), ...rest(all.length, "li"));
  if (!all.length) byId("split").append(element("li", { className: "muted" }, "The body is empty."));

  byId("dropped-view").hidden = !dropped.length;
  byId("dropped").replaceChildren(...dropped.slice(0, MOST).map(droppedView), ...rest(dropped.length, "li"));

  byId("pairs").replaceChildren(...pairs.slice(0, MOST).map(pairView));
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
  // By the URL Standard's rules a pair may come without any `=`.
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
  return length > MOST ? [element(tag, { className: "muted" }, `… and ${number(length - MOST)} more, not shown`)] : [];
}
