// Indents and highlights JSON. It works on the text: an object would lose repeated keys, and the order
// of keys that are whole numbers.
import { element } from "./dom.js";
import { clip } from "./text.js";

const MOST_TOKENS = 3000;

/**
 * Yields the tokens of formevent's JSON, indented, as `[kind, text]` with the kind `name`, `string` or
 * `mark`, which numbers, `true`, `false` and `null` are too. The JSON has no white space between its tokens.
 */
export function* indented(json) {
  let indent = "\n";
  for (let at = 0; at < json.length; ) {
    const start = at++;
    const mark = json[start];
    if (mark === '"') {
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
      at++;
      yield [json[at] === ":" ? "name" : "string", json.slice(start, at)];
    } else if (mark === "{" || mark === "[") {
      const empty = json[at] === "}" || json[at] === "]";
      if (!empty) indent += "  ";
      yield ["mark", empty ? mark + json[at++] : mark + indent];
    } else if (mark === "}" || mark === "]") {
      indent = indent.slice(0, -2);
      yield ["mark", indent + mark];
    } else if (mark === ",") {
      yield ["mark", mark + indent];
    } else if (mark === ":") {
      yield ["mark", ": "];
    } else {
      while (at < json.length && !",]}".includes(json[at])) at++;
      yield ["mark", json.slice(start, at)];
    }
  }
}

/**
 * Returns the nodes that show `json`. A button stands for each member named in `folded` that is an object or
 * an array, so that the event opens on its fields. The members named in `marked` are marked with their values.
 */
export function highlighted(json, { folded = [], marked = [] } = {}) {
  const nodes = [];
  let into = nodes;
  let isMarked = false;
  let depth = 0;
  let member;
  let tokens = 0;
  for (const [kind, text] of indented(json)) {
    if (tokens++ === MOST_TOKENS) return [...nodes, "\n… the rest is not shown, but will be copied"];
    const opens = kind === "mark" && /^[{[]\n/.test(text);
    if (opens && depth++ === 1 && folded.includes(member)) {
      into = element("span", { hidden: true });
      nodes.push(foldButton(member, into), into);
    }
    if (kind === "name") {
      const name = JSON.parse(text);
      if (depth === 1) member = name;
      isMarked = into === nodes && marked.includes(name);
    }
    const node = kind === "mark" ? text : element("span", { className: isMarked ? `${kind} marked` : kind }, clip(text));
    into[into === nodes ? "push" : "append"](node);
    if (kind === "mark" && /^\n *[}\]]$/.test(text) && --depth === 1) into = nodes;
  }
  return nodes;
}

function foldButton(member, content) {
  const button = element("button", { type: "button", className: "fold", ariaLabel: `Show ${member}`, ariaExpanded: "false" });
  button.addEventListener("click", () => {
    content.hidden = !content.hidden;
    button.ariaExpanded = String(!content.hidden);
  });
  return button;
}
