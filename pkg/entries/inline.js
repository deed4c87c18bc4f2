// The module is in a script, so there is no file to read or fetch, and none that a bundler can leave behind.
import { initSync } from "../dist/core.js";
import module from "../dist/module.js";

// In Deno this method is slower than a decoder.
initSync(module, globalThis.Deno ? undefined : globalThis.Buffer?.prototype.utf8Slice);

export * from "../dist/core.js";
