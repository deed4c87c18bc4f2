// As inline.js, to be required.
module.exports = require("../dist/core.cjs");
module.exports.initSync(require("../dist/module.cjs").default);
