// For workerd, which compiles imported modules.
import { initSync } from "../dist/core.js";
import module from "../dist/formevent.wasm";

initSync(module);

export * from "../dist/core.js";
