// workerd: importing the module gives it compiled.
import module from "../dist/formevent.wasm";
import { initSync } from "../dist/core.js";

initSync(module);
export * from "../dist/core.js";
