import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Returns Miniflare's options for the script and the WebAssembly of a bundle. */
export function modulesOf(folder) {
  const files = readdirSync(folder);
  const modules = (type, ending) => files.filter((file) => file.endsWith(ending)).map((file) => ({ type, path: join(folder, file) }));
  return { modules: [...modules("ESModule", ".js"), ...modules("CompiledWasm", ".wasm")], modulesRoot: folder };
}
