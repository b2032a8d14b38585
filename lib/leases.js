"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const binding_js_1 = require("../binding.js");
const signals_js_1 = require("./signals.js");
async function acquireSlots(claim) {
    const acquired = async (abort) => watched(await (0, binding_js_1.acquire)(this, claim, abort));
    // Granted and aborted at once: the slots are given back.
    return (0, signals_js_1.withSignal)(claim, 'claim.signal', acquired, lease => lease.release());
}
async function withSlots(claim, work) {
    if (typeof work !== 'function')
        throw (0, binding_js_1.refusal)('work', work, 'a function');
    const lease = await this.acquireSlots(claim);
    // Reading the signal keeps the lease, even if the work waits for something that nothing refers to.
    signalOfLease.call(lease);
    const [outcome] = await Promise.allSettled([(async () => work(lease))()]);
    const failed = outcome.status === 'rejected';
    const lost = (0, binding_js_1.loss)(lease, failed ? outcome.reason : undefined);
    // A failing release is no outcome of the work, and the slots are free when the lease ends.
    await lease.release().catch(() => { });
    if (lost)
        throw lost;
    if (failed)
        throw outcome.reason;
    return outcome.value;
}
/** On the addon's class, which all modules of its realms share: a module that is loaded again knows all leases. */
const WATCHES = Symbol.for('rivers-storage.watches');
const watches = Reflect.get(binding_js_1.SlotLease, WATCHES) ?? new WeakMap();
Reflect.defineProperty(binding_js_1.SlotLease, WATCHES, { value: watches });
function watched(lease) {
    const watch = {};
    watches.set(lease, watch);
    (0, binding_js_1.onLost)(lease, reason => {
        watch.reason = reason;
        watch.controller?.abort(reason);
    });
    return lease;
}
function signalOfLease() {
    const watch = watches.get(this);
    if (watch && !watch.controller) {
        watch.lease = this;
        watch.controller = new AbortController();
        if (watch.reason)
            watch.controller.abort(watch.reason);
    }
    return watch?.controller?.signal;
}
// Methods of the addon's own realm stay: test runners load the package in realms that end before that one does.
if (!(Reflect.get(binding_js_1.Storage.prototype, 'acquireSlots') instanceof binding_js_1.Storage.constructor)) {
    // Named by keys, because minifiers rename functions.
    for (const [name, value] of Object.entries({ acquireSlots, withSlots })) {
        Object.defineProperty(binding_js_1.Storage.prototype, name, { value, writable: true, configurable: true });
    }
    // A getter, since a lease whose signal nobody read may be collected.
    Object.defineProperty(binding_js_1.SlotLease.prototype, 'signal', { get: signalOfLease, configurable: true });
}
