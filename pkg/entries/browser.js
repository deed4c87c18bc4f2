// Browsers fetch the module's file.
import { init as load } from "../dist/core.js";

export * from "../dist/core.js";

export async function init(source) {
  if (source !== undefined) return load(source);
  try {
    // Bundlers know this form.
    await load(new URL("../dist/formevent.wasm", import.meta.url));
  } catch (cause) {
    const way =
      cause instanceof WebAssembly.CompileError
        ? "a Content-Security-Policy has to allow 'wasm-unsafe-eval'"
        : 'import from "formevent/inline", or give init the URL of "formevent/formevent.wasm"';
    throw new Error(`formevent has no module beside its script (${cause.message}): ${way}`, { cause });
  }
}
