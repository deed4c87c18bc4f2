// The page's state, and the URL fragment that saves it and makes it shareable.
import { byId } from "./dom.js";
import { EXAMPLES } from "./examples.js";

const DEFAULTS = {
  body: EXAMPLES[0].body,
  shape: "template",
  document: "",
  rules: "template",
  decode: false,
  // Not formevent's own default, by which JSON readers keep only the last value, as with the template.
  duplicates: "group",
  utf8: "replace",
  headers: "Host: api.example.com\nContent-Type: application/x-www-form-urlencoded",
  stage: "prod",
  sourceIp: "192.0.2.1",
  userAgent: "curl/8.5.0",
  extra: "",
  copy: "json",
};

/** Whether the page offers `text` for a setting: its selects and radio buttons have the values. */
function isOffered(name, text) {
  const control = byId("state").elements[name];
  const choices = control.options ?? (control instanceof RadioNodeList ? control : undefined);
  return choices === undefined || [...choices].some(({ value }) => value === text);
}

/** Returns the state that a fragment describes, with defaults for missing and invalid values. */
export function fromFragment(fragment) {
  const state = { ...DEFAULTS };
  for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (!Object.hasOwn(DEFAULTS, name)) continue;
    if (!isOffered(name, text)) continue;
    state[name] = name === "decode" ? text === "true" : text;
  }
  return state;
}

/** Returns the shortest fragment, without its `#`, that describes `state`. */
export function toFragment(state) {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  return new URLSearchParams(changed).toString();
}

/** Returns the options for formevent's functions. */
export const options = ({ rules, decode, duplicates, utf8 }) => ({ rules, decode, duplicates, utf8 });

/** Returns the options that are not the worker's own defaults, as its settings. */
export function workerSettings({ shape, document, rules, decode, duplicates, utf8 }, preset) {
  return {
    ...(shape !== "template" && { SHAPE: shape === "own" ? document : shape }),
    ...(rules !== preset.rules && { RULES: rules }),
    ...(decode !== preset.decode && { DECODE: String(decode) }),
    ...(duplicates !== "keep" && { DUPLICATES: duplicates }),
    ...(utf8 !== "replace" && { UTF8: utf8 }),
  };
}

/**
 * Returns the shape for formevent's functions: a name, or the own document.
 *
 * @throws {SyntaxError | TypeError} if the document is wrong
 */
export function shapeOf({ shape, document }) {
  if (shape !== "own") return shape;
  const parsed = JSON.parse(document);
  // formevent would take a string for a name.
  if (Object(parsed) !== parsed) throw new TypeError("shape must be an object or an array");
  const at = changedAt(document, parsed);
  if (at !== undefined) throw new TypeError(`shape would be changed at character ${at}: ${KEPT}`);
  return parsed;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.\w]+|\S/g;
const KEPT =
  "each name must come once, names that are whole numbers first and in order, and numbers as JavaScript writes them (1, not 1.0)";

// Returns the place in `json` at which its value, written again, differs by more than space and escapes.
function changedAt(json, value) {
  const kept = JSON.stringify(value).match(TOKEN);
  const asKept = (token) => (token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token);
  return [...json.matchAll(TOKEN)].find(([token], index) => asKept(token) !== kept[index])?.index;
}

/** Returns the state with another shape: a preset brings its options, an own document begins as the preset's. */
export function withShape(state, shape, presets) {
  if (shape === "own") {
    return { ...state, shape, document: state.document || JSON.stringify(presets[state.shape].shape, null, 2) };
  }
  const { rules, decode } = { ...DEFAULTS, ...presets[shape] };
  return { ...state, shape, rules, decode };
}

/** Returns `info` for formevent's functions, and the numbers of the lines that are malformed. */
export function eventInfo({ headers, stage, sourceIp, userAgent, extra }) {
  const header = lines(headers, ":", withoutSpace);
  const member = lines(extra, "=", (text) => text);
  return {
    info: { headers: header.entries, stage, sourceIp, userAgent, extra: member.entries },
    unread: { headers: header.unread, extra: member.unread },
  };
}

// HTTP allows only spaces and tabs around a header's value.
const withoutSpace = (text) => text.replace(/^[ \t]+|[ \t]+$/g, "");

// Returns a list of entries: an object would lose repeated names and their order.
function lines(text, separator, tidy) {
  const entries = [];
  const unread = [];
  text.split(/\r\n?|\n/).forEach((line, index) => {
    if (!line.trim()) return;
    const at = line.indexOf(separator);
    const name = tidy(line.slice(0, Math.max(at, 0)));
    if (name) entries.push([name, tidy(line.slice(at + 1))]);
    else unread.push(index + 1);
  });
  return { entries, unread };
}
