// Runs the subjects in this Node process.
import * as formevent from "../../pkg/entries/inline.js";
import { bench } from "./bench.js";

export function node() {
  const { load, names, answer, repeat } = bench(formevent);
  return {
    load,
    names,
    answer,
    milliseconds(...call) {
      const start = performance.now();
      repeat(...call);
      return performance.now() - start;
    },
    end() {},
  };
}
