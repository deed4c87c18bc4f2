// Shows how the body is split, with the reason for each segment that is dropped and the keys that repeat.
import { byId, element } from "./dom.js";
import { count, number } from "./text.js";

export const REASONS = {
  "no-equals": "no =",
  "many-equals": "more than one =",
  "empty-key": "no key before the =",
};

export function showSplit({ bytes, segments, more, counts, dropped }) {
  byId("body-size").textContent = count(bytes, "byte");
  byId("counts").textContent = `${count(counts.pairs, "pair")}, ${number(counts.dropped)} dropped`;
  byId("split").replaceChildren(...segments.map(segmentView), ...rest(more));
  if (!segments.length) byId("split").append(element("li", { className: "muted" }, "The body is empty."));
  byId("dropped").replaceChildren(...dropped.map(droppedView), ...rest(counts.dropped - dropped.length));
}

function segmentView(segment) {
  const { gap, raw, reason } = segment;
  const item = element("li", {});
  if (gap) item.append(element("span", { className: "gap" }, gap));
  if (reason) item.append(droppedChip(segment));
  else if (raw) item.append(pairChip(segment));
  return item;
}

function pairChip({ key, equals, value, offset, time, times }) {
  const chip = element("span", { className: times ? "pair repeated" : "pair", title: `A pair, at byte offset ${number(offset)}` });
  chip.append(element("span", { className: "key" }, key), equals, element("span", { className: "value" }, value));
  if (times) chip.append(...note(`key ${number(time)} of ${number(times)}`));
  return chip;
}

function droppedChip({ raw, offset, reason }) {
  const title = `Dropped, at byte offset ${number(offset)}: ${REASONS[reason]} (${reason})`;
  return element("span", { className: "dropped", title }, element("span", { className: "text" }, raw), ...note(REASONS[reason]));
}

const note = (text) => [" ", element("span", { className: "reason" }, text)];

function droppedView({ offset, text, reason }) {
  return element("li", {}, element("code", {}, text), ` at byte ${number(offset)}: ${REASONS[reason]}`);
}

export function rest(more) {
  return more ? [element("li", { className: "muted" }, `… and ${number(more)} more, not shown`)] : [];
}
