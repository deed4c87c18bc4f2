// The module is in a script, so no file is read, fetched or lost by a bundler.
import { initSync } from "../dist/core.js";
import module from "../dist/module.js";

initSync(module);

export * from "../dist/core.js";
