import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The script of a bundle and the WebAssembly beside it, as Miniflare takes them. */
export function modulesOf(folder, script) {
  const wasm = readdirSync(folder).filter((file) => file.endsWith(".wasm"));
  return {
    modules: [{ type: "ESModule", path: join(folder, script) }, ...wasm.map((file) => ({ type: "CompiledWasm", path: join(folder, file) }))],
    modulesRoot: folder,
  };
}
