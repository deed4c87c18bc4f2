// For the edge runtime of Next and Vercel, which compiles modules imported with `?module`.
import { initSync } from "../dist/core.js";
import module from "../dist/formevent.wasm?module";

initSync(module);

export * from "../dist/core.js";
