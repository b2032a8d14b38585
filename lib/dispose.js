"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const binding_js_1 = require("../binding.js");
// A realm may have no `Symbol.dispose`: contexts of `vm` lack it before Node 24, also where Node itself has it. Compiled
// `using` then looks for the first of these symbols, and jest defines the missing one as the second.
const prefixes = ['Symbol', 'nodejs'];
const methods = [
    [binding_js_1.Storage.prototype, { dispose: binding_js_1.Storage.prototype.closeSync, asyncDispose: binding_js_1.Storage.prototype.close }],
    [binding_js_1.SlotLease.prototype, { dispose: binding_js_1.SlotLease.prototype.releaseSync, asyncDispose: binding_js_1.SlotLease.prototype.release }],
];
for (const [prototype, named] of methods) {
    for (const [name, value] of Object.entries(named)) {
        for (const symbol of prefixes.map(prefix => Symbol.for(`${prefix}.${name}`))) {
            if (!(symbol in prototype))
                Object.defineProperty(prototype, symbol, { value, writable: true, configurable: true });
        }
    }
}
