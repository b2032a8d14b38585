"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const binding_js_1 = require("../binding.js");
// Under a test runner this is another `process` than the addon's, and the tests set variables in its copy of `env`.
(0, binding_js_1.readVariablesOf)(process);
