"use strict";
const path_js_1 = require("../loader/path.js");
/** The path of the addon for linux-x64-gnu. This module throws if its package is not installed. */
const path = (0, path_js_1.addonPath)('linux-x64-gnu');
module.exports = path;
