// For browsers: `init` fetches the module's file.
import { init as load } from "../dist/core.js";

export * from "../dist/core.js";

export async function init(source) {
  if (source !== undefined) return load(source);
  try {
    // Bundlers recognise this exact expression and ship the file.
    await load(new URL("../dist/formevent.wasm", import.meta.url));
  } catch (cause) {
    const remedy =
      cause instanceof WebAssembly.CompileError
        ? "allow 'wasm-unsafe-eval' in the Content-Security-Policy"
        : 'import from "formevent/inline", or pass init the URL of "formevent/formevent.wasm"';
    throw new Error(`formevent cannot load its module (${cause.message}): ${remedy}`, { cause });
  }
}
