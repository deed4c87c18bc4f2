// Times the WebAssembly module alone, without the JavaScript around it, on the long body, in nanoseconds.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const file = (path) => readFileSync(join(import.meta.dirname, path));
const module = new WebAssembly.Module(file("../../pkg/dist/formevent.wasm"));

// The module calls its imports only if something goes wrong.
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  (imports[from] ??= {})[name] = () => {
    throw new Error(name);
  };
}
const { memory, converter_new, converter_reserve, converter_json } = new WebAssembly.Instance(module, imports).exports;

const body = file("../data/long.txt");
const converter = converter_new();
const input = converter_reserve(converter, body.length, 0) >>> 0;
new Uint8Array(memory.buffer).set(body, input);

const CALLS = 2000;
// `choices` as in pkg/src/lib.rs: 0 for the defaults, 3 for the rules "whatwg" and decoding.
const nanoseconds = (choices) => {
  const times = [];
  for (let round = 0; round < 15; round += 1) {
    const start = performance.now();
    for (let call = 0; call < CALLS; call += 1) {
      if (converter_json(converter, body.length, choices, -1, -1, -1) !== 0) throw new Error("refused");
    }
    times.push((performance.now() - start) / CALLS);
  }
  // Skip the first rounds, which are slower until the module is optimised.
  return times.slice(5).sort((a, b) => a - b)[5] * 1e6;
};
export const raw = nanoseconds(0);
export const decode = nanoseconds(3);
