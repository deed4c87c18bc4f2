// inline.js for `require`.
module.exports = require("../dist/core.cjs");
module.exports.initSync(require("../dist/module.cjs").default, globalThis.Deno ? undefined : globalThis.Buffer?.prototype.utf8Slice);
