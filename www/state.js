// What the page is told, and its form as a URL fragment, so that it can be shared.
import { EXAMPLES } from "./examples.js";

const DEFAULTS = {
  body: EXAMPLES[0].body,
  rules: "template",
  decode: false,
  duplicates: "keep",
  utf8: "replace",
  headers: "Host: api.example.com\nContent-Type: application/x-www-form-urlencoded",
  stage: "prod",
  sourceIp: "192.0.2.1",
  userAgent: "curl/8.5.0",
  extra: "",
  copy: "json",
};

const ALLOWED = {
  rules: ["template", "whatwg"],
  duplicates: ["keep", "first", "last", "group"],
  utf8: ["replace", "strict"],
  copy: ["json", "curl", "rust", "js"],
};

/** The state that a fragment stands for; what it does not say, or says wrongly, is the default. */
export function fromFragment(fragment) {
  const state = { ...DEFAULTS };
  for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (!Object.hasOwn(DEFAULTS, name)) continue;
    if (ALLOWED[name]?.includes(text) === false) continue;
    state[name] = name === "decode" ? text === "true" : text;
  }
  return state;
}

/** The shortest fragment, without its `#`, that stands for `state`. */
export function toFragment(state) {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  return new URLSearchParams(changed).toString();
}

/** The options of formevent's functions. */
export const options = ({ rules, decode, duplicates, utf8 }) => ({ rules, decode, duplicates, utf8 });

/** What else an event says, and the lines of it that could not be read. */
export function eventInfo({ headers, stage, sourceIp, userAgent, extra }) {
  const header = lines(headers, ":", withoutSpace);
  const member = lines(extra, "=", (text) => text);
  return {
    info: { headers: header.entries, stage, sourceIp, userAgent, extra: member.entries },
    unread: { headers: header.unread, extra: member.unread },
  };
}

// What may stand around a header's name and value without belonging to them, and no more.
const withoutSpace = (text) => text.replace(/^[ \t]+|[ \t]+$/g, "");

// A list of entries rather than an object: an object would lose repeats and the order.
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
