// The part of the benchmark that runs inside each runtime.
import { subjects } from "./subjects.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bench(formevent) {
  const all = subjects(formevent);
  const inputs = new Map();
  const input = (name, body) => inputs.get(body)[name.endsWith("-bytes") ? "bytes" : "text"];

  return {
    /** Stores a body under a name for the calls below. */
    load(body, text) {
      const bytes = encoder.encode(text);
      // Decoded, to get a new string: V8 caches the results of splitting literals.
      inputs.set(body, { bytes, text: decoder.decode(bytes) });
    },

    /** Returns the names of the subjects. */
    names: (rules) => Object.keys(all[rules]),

    /** Returns a subject's JSON for a body, as a string. */
    answer(rules, name, body) {
      const json = all[rules][name](input(name, body));
      return typeof json === "string" ? json : decoder.decode(json);
    },

    /** Calls a subject `times` times. */
    repeat(rules, name, body, times) {
      const convert = all[rules][name];
      const data = input(name, body);
      let sum = 0;
      for (let time = 0; time < times; time += 1) {
        const json = convert(data);
        // Reading a character flattens a string that V8 has only concatenated lazily.
        sum += typeof json === "string" ? json.charCodeAt(json.length - 1) : json[json.length - 1];
      }
      return sum;
    },
  };
}
