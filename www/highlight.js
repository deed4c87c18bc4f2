// Indents and highlights JSON. It works on the text: an object would lose repeated keys, and the order
// of keys that are whole numbers.
import { clip, element } from "./dom.js";

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

/** Returns the nodes that show `json`. */
export function highlighted(json) {
  const nodes = [];
  for (const [kind, text] of indented(json)) {
    if (nodes.length === MOST_TOKENS) return [...nodes, "\n… the rest is not shown, but will be copied"];
    nodes.push(kind === "mark" ? text : element("span", { className: kind }, clip(text)));
  }
  return nodes;
}
