// For pages under development. Vite's server moves scripts away from the files beside them, so the
// module is in a script too.
import { init as load } from "../dist/core.js";
import module from "../dist/module.js";

export * from "../dist/core.js";
export const init = (source = module) => load(source);
