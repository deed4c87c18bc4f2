// Node and Bun: the module is read from its file.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

// In this form Node finds the names.
module.exports = require("../dist/core.cjs");
module.exports.initSync(readFileSync(join(__dirname, "../dist/formevent.wasm")));
