"use strict";
const path_js_1 = require("../loader/path.js");
/** The path of the addon for this platform. */
const path = (0, path_js_1.addonPath)('linux-x64-musl');
module.exports = path;
