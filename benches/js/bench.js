// The part that runs in each runtime.
import { subjects } from "./subjects.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bench(formevent) {
  const all = subjects(formevent);
  const inputs = new Map();
  const input = (name, body) => inputs.get(body)[name.endsWith("-bytes") ? "bytes" : "text"];

  return {
    /** Keeps a body for what follows. */
    load(body, text) {
      const bytes = encoder.encode(text);
      // A text of its own: V8 keeps the results of splitting literals.
      inputs.set(body, { bytes, text: decoder.decode(bytes) });
    },

    /** The names of the subjects. */
    names: (rules) => Object.keys(all[rules]),

    /** What a subject makes of a body, as text. */
    answer(rules, name, body) {
      const json = all[rules][name](input(name, body));
      return typeof json === "string" ? json : decoder.decode(json);
    },

    /** Calls a subject so many times. */
    repeat(rules, name, body, times) {
      const convert = all[rules][name];
      const data = input(name, body);
      let sum = 0;
      for (let time = 0; time < times; time += 1) {
        const json = convert(data);
        // What was only joined so far becomes one string when a character of it is read.
        sum += typeof json === "string" ? json.charCodeAt(json.length - 1) : json[json.length - 1];
      }
      return sum;
    },
  };
}
