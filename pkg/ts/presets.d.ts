import type { Preset, ShapeName } from "./shapes.js";

/** The files of `shapes`, each with the options that go with the shape. */
declare const presets: Readonly<Record<ShapeName, Preset>>;
export default presets;
