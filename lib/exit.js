"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const node_worker_threads_1 = require("node:worker_threads");
const binding_js_1 = require("../binding.js");
// Only here an exit can still be put off: a process that ends tears down what an engine that is being opened uses.
if (node_worker_threads_1.isMainThread)
    (0, binding_js_1.callOnExit)(binding_js_1.finishOpenings);
