// `npm run size`: prints how much is loaded, and fails past the budget.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

// Files that are loaded together count together, as a bundler leaves them.
const JS = 5_500;
const sizes = [
  ["the module", 20_000, "dist/formevent.wasm"],
  ["the module in a script", 26_500, "dist/module.js"],
  ...["browser", "workerd", "edge-light", "inline"].map((entry) => [`JavaScript, ${entry}`, JS, "dist/core.js", `entries/${entry}.js`]),
  ["JavaScript, aws", 4_000, "dist/aws.js", "dist/media-type.js"],
  ["JavaScript, multipart", 6_700, "dist/multipart.js", "dist/media-type.js"],
  ["JavaScript, shapes", 5_200, "dist/shapes.js"],
  ["JavaScript, template", 1_000, "dist/template.js"],
  ["JavaScript, media-type", 2_400, "dist/media-type.js"],
  ["JavaScript, verify", 3_400, "dist/verify.js"],
  ["JavaScript, required", JS, "dist/core.cjs", "entries/inline.cjs"],
].map(([what, budget, ...files]) => {
  const bytes = Buffer.concat(files.map((file) => readFileSync(join(import.meta.dirname, file))));
  return { what, raw: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length, budget };
});
console.table(Object.fromEntries(sizes.map(({ what, ...size }) => [what, size])));
const over = sizes.filter(({ gzipped, budget }) => gzipped > budget);
if (over.length > 0) {
  console.error(`Past the budget: ${over.map(({ what }) => what).join("; ")}`);
  process.exitCode = 1;
}
