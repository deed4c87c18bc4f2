// The subjects: formevent and its peers, grouped by the rules that they follow.
import querystring from "node:querystring";

import fastQuerystring from "fast-querystring";
import { parse as picoquery } from "picoquery";
import qs from "qs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns functions from string to string, or from bytes to bytes if their names end in `-bytes`. */
export function subjects({ formToJson, formToJsonBytes }) {
  const all = (options, peers) => ({
    formevent: (body) => formToJson(body, options),
    ...peers,
    "formevent-bytes": (body) => formToJsonBytes(body, options),
    ...Object.fromEntries(Object.entries(peers).map(([name, peer]) => [`${name}-bytes`, bytes(peer)])),
  });
  return {
    raw: all(
      {},
      {
        "split+JSON.stringify": splitAndJoin,
        "object+JSON.stringify": (body) => JSON.stringify(Object.fromEntries(pairs(body))),
      },
    ),
    decode: all(
      { rules: "whatwg", decode: true },
      {
        URLSearchParams: (body) => JSON.stringify(Object.fromEntries(new URLSearchParams(body))),
        "fast-querystring": (body) => JSON.stringify(fastQuerystring.parse(body)),
        picoquery: (body) => JSON.stringify(picoquery(body)),
        qs: (body) => JSON.stringify(qs.parse(body)),
        "node:querystring": (body) => JSON.stringify(querystring.parse(body)),
      },
    ),
  };
}

const bytes = (peer) => (body) => encoder.encode(peer(decoder.decode(body)));

// The template's rules, written in the obvious way.
const pairs = (body) =>
  body
    .split("&")
    .map((segment) => segment.split("="))
    .filter(({ length, 0: key }) => length === 2 && key !== "");

function splitAndJoin(body) {
  let json = "{";
  for (const [key, value] of pairs(body)) {
    if (json !== "{") json += ",";
    json += `${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `${json}}`;
}
