// Shows the template's result and formevent's side by side.
import { byId, element, showIf } from "./dom.js";
import { highlighted } from "./highlight.js";
import { REASONS, rest } from "./split.js";
import { count, number } from "./text.js";

function showOutcome(side, kind, outcome, about) {
  byId(`${side}-verdict`).dataset.kind = kind;
  byId(`${side}-outcome`).textContent = outcome;
  byId(`${side}-about`).textContent = about;
}

// ---- The template

const FATES = {
  fails: "the template throws",
  "not-json": "breaks the JSON",
  again: "lost: the key comes again",
};

export function showTemplate({ verdict, rows, more, lost }) {
  const isLost = verdict.verdict === "fails" || verdict.verdict === "not-json";
  showOutcome("template", verdict.verdict === "same" ? "good" : "bad", ...verdictInWords(verdict, lost));
  byId("template-title").textContent = isLost ? "Your function reads none of this" : "What your function reads";
  byId("template").replaceChildren(...rows.map((row) => rowView(row, isLost)), ...rest(more));
  if (!rows.length) byId("template").append(element("li", { className: "muted" }, "There are no fields."));
}

function verdictInWords({ verdict, offset }, lost) {
  const place = offset === undefined ? "" : `at byte ${number(offset)}`;
  switch (verdict) {
    case "fails":
      return ["The whole form is lost", `The template throws on the lone = ${place}, so your function is never invoked.`];
    case "not-json":
      return [
        "The whole form is lost",
        `The template does not escape the text, and ${place} its JSON breaks. Your function never gets it.`,
      ];
    case "differs":
      return ["Your function reads other text", `The template does not escape the \\ ${place}, so it begins a JSON escape.`];
    case "loses":
      return [
        lost === undefined ? "Many fields are lost" : `${count(lost, "field")} ${lost === 1 ? "is" : "are"} lost`,
        `Nobody is told. The first is ${place}.`,
      ];
    default:
      return ["Every field arrives", "The template passes them on as they were sent, and decodes nothing."];
  }
}

function rowView({ fate, reason, raw, key, value, read }, isLost) {
  const isFault = fate !== "same";
  const written = reason
    ? element("span", { className: "text" }, raw)
    : element("span", {}, quoted("name", key), ": ", quoted("string", value));
  const row = element("li", {
    className: [(isLost || fate === "loses" || fate === "again") && "lost", isFault && "fault"].filter(Boolean).join(" "),
  });
  row.append(written);
  if (isFault) row.append(" ", element("span", { className: "reason" }, fateInWords(fate, reason, read)));
  return row;
}

function fateInWords(fate, reason, read) {
  if (fate === "differs") return `read as ${read}`;
  return fate === "loses" ? `dropped: ${REASONS[reason]}` : FATES[fate];
}

const quoted = (className, text) => element("span", { className }, `"${text}"`);

// ---- formevent

export function showEvent(made, { duplicates }) {
  const { json, error, problem, body, template, hasPairs, isEncoded, size } = made;
  const isDropped = hasPairs && body.counts.dropped > 0;
  const isRepeated = hasPairs && body.counts.repeated > 0 && duplicates in KEPT;
  showOutcome("formevent", ...eventInWords(made, isDropped, isRepeated && duplicates));
  showIf(isDropped, "dropped");
  const fixes = { rules: isDropped, duplicates: isRepeated, decode: hasPairs && isEncoded };
  for (const button of byId("fixes").children) button.hidden = !fixes[button.dataset.option];
  showIf(!error && Object.values(fixes).includes(true), "fixes");
  showIf(!error, "event");
  showIf(error, "event-error");
  showIf(false, "marked-legend");
  if (error) {
    byId("event-size").textContent = "refused";
    byId("event-error-message").textContent = problem ? "your document is not a valid shape" : error.message;
    showIf(!problem, "event-error-details");
    byId("event-error-code").textContent = error.code;
    showIf(error.offset !== undefined, "event-error-place");
    byId("event-error-offset").textContent = error.offset;
  } else {
    byId("event-size").textContent = count(size, "byte");
    const marked = template.rows.flatMap(({ fate, names }) => (fate === "same" ? [] : names));
    byId("event").replaceChildren(...highlighted(json, { ...made, marked }));
    showIf(byId("event").querySelector(".marked"), "marked-legend");
  }
}

// The options by which JSON readers get one value of a repeated key.
const KEPT = {
  keep: "JSON readers keep only the last value of a key.",
  first: "You chose to keep the first value.",
  last: "You chose to keep the last value.",
};

function eventInWords({ error, problem, body, hasPairs, hasBody }, isDropped, repeated) {
  if (problem) return ["bad", "There is no event", "Correct your document in the options."];
  if (error?.offset !== undefined) return ["bad", "The body is refused", "The error says why and where. Nothing is half written."];
  if (error) return ["bad", "There is no event", "The error says why."];
  if (!hasPairs && !hasBody) return ["bad", "The fields have no place", 'The event has no hole "$pairs" and no "$body".'];
  if (!hasPairs) return ["good", "The whole body arrives", "This event has the body as text, so your function splits it."];
  const told = [isDropped && `${count(body.counts.dropped, "field")} dropped`, repeated && count(body.counts.repeated, "repeated key")];
  if (isDropped || repeated) {
    return ["told", `${told.filter(Boolean).join(", ")}: you are told`, KEPT[repeated] ?? "Each with its place, its text and the reason:"];
  }
  return ["good", "Every field arrives", "The JSON is valid, whatever the body has in it."];
}
