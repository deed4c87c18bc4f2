// Browsers while a page is developed: Vite's server moves scripts away from the files beside them.
import { init as load } from "../dist/core.js";
import module from "../dist/module.js";

export * from "../dist/core.js";
export const init = (source = module) => load(source);
