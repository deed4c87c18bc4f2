// Writes the same JSON without formevent, in plain JavaScript.

export function plainJson(body, { rules, decode, duplicates }) {
  const pairs = rules === "whatwg" && decode ? new URLSearchParams(body) : split(body, rules, decode);
  if (duplicates === "keep") return `{${Array.from(pairs, ([key, value]) => member(key, value)).join(",")}}`;
  const values = new Map();
  for (const [key, value] of pairs) {
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  return `{${Array.from(values, ([key, list]) => member(key, chosen(list, duplicates))).join(",")}}`;
}

function* split(body, rules, decode) {
  const read = decode ? decoded : (text) => text;
  for (const segment of body.toWellFormed().split("&")) {
    const at = segment.indexOf("=");
    if (rules === "template" ? at > 0 && at === segment.lastIndexOf("=") : at >= 0) {
      yield [read(segment.slice(0, at)), read(segment.slice(at + 1))];
    } else if (rules === "whatwg" && segment) {
      yield [read(segment), ""];
    }
  }
}

// decodeURIComponent is fast, but throws on a bad % and on what is not UTF-8.
function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return new URLSearchParams(`=${text}`).get("");
  }
}

function chosen(list, duplicates) {
  if (duplicates === "first") return list[0];
  if (duplicates === "last") return list.at(-1);
  return duplicates === "group" && list.length === 1 ? list[0] : list;
}

const member = (key, value) => `${JSON.stringify(key)}:${JSON.stringify(value)}`;
