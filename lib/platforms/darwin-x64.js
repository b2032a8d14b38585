"use strict";
const path_js_1 = require("../loader/path.js");
/** The path of the addon for darwin-x64. This module throws if its package is not installed. */
const path = (0, path_js_1.addonPath)('darwin-x64');
module.exports = path;
