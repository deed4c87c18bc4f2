import type { FormOptions } from "./options.js";
import type { ShapeName } from "./shapes.js";

/** The files of `shapes`, each with the options that go with the shape. */
declare const presets: Readonly<Record<ShapeName, FormOptions & { shape: unknown }>>;
export default presets;
