// As inline.js, for those who require where Node's `module-sync` is not known.
module.exports = require("../dist/core.cjs");
module.exports.initSync(require("../dist/module.cjs").default);
