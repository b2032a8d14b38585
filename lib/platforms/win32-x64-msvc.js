"use strict";
const path_js_1 = require("../loader/path.js");
/** The path of the addon for win32-x64-msvc. This module throws if its package is not installed. */
const path = (0, path_js_1.addonPath)('win32-x64-msvc');
module.exports = path;
