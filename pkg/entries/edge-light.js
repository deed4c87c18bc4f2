// Next's and Vercel's edge runtime: importing the module in this way gives it compiled.
import { initSync } from "../dist/core.js";
import module from "../dist/formevent.wasm?module";

initSync(module);

export * from "../dist/core.js";
