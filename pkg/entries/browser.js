// Browsers: the module is fetched when it is asked for.
import { init as load } from "../dist/core.js";

export * from "../dist/core.js";
export const init = (source = new URL("../dist/formevent.wasm", import.meta.url)) => load(source);
