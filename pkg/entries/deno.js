// Deno: a source-phase import gives the module compiled, and needs no permission.
import source module from "../dist/formevent.wasm";
import { initSync } from "../dist/core.js";

initSync(module);
export * from "../dist/core.js";
