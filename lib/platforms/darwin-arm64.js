"use strict";
const path_js_1 = require("../loader/path.js");
/** The path of the addon for darwin-arm64. This module throws if its package is not installed. */
const path = (0, path_js_1.addonPath)('darwin-arm64');
module.exports = path;
