"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const binding_js_1 = require("../binding.js");
const signals_js_1 = require("./signals.js");
async function query(surql, options) {
    return (0, signals_js_1.withSignal)(options, 'options.signal', abort => (0, binding_js_1.runQuery)(this, surql, options, abort));
}
function querySync(surql, options) {
    const signal = (0, signals_js_1.signalOf)(options);
    if (signal?.aborted)
        throw signal.reason;
    return (0, binding_js_1.runQuerySync)(this, surql, options, new binding_js_1.CallAbort());
}
// As in leases.ts: methods of the addon's own realm stay, and keys name the methods.
if (!(Reflect.get(binding_js_1.Storage.prototype, 'query') instanceof binding_js_1.Storage.constructor)) {
    for (const [name, value] of Object.entries({ query, querySync })) {
        Object.defineProperty(binding_js_1.Storage.prototype, name, { value, writable: true, configurable: true });
    }
}
