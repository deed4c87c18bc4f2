// inline.js, for `require`.
module.exports = require("../dist/core.cjs");
module.exports.initSync(require("../dist/module.cjs").default);
