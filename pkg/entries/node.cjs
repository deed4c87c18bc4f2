// Node and Bun: the module is read from the package's folder.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const core = require("../dist/core.cjs");

core.initSync(readFileSync(join(__dirname, "../dist/formevent.wasm")));
module.exports = core;
