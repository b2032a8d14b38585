"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const binding_js_1 = require("../binding.js");
const errors_js_1 = require("./errors.js");
async function acquireSlots(claim) {
    const wait = new binding_js_1.WaitAbort();
    const signal = signalOf(claim);
    const leave = () => wait.abort();
    if (signal?.aborted)
        leave();
    try {
        signal?.addEventListener('abort', leave, { once: true });
    }
    catch {
        throw (0, binding_js_1.refusal)('claim.signal', signal, 'an AbortSignal');
    }
    try {
        const lease = watched(await (0, binding_js_1.acquire)(this, claim, wait));
        if (!signal?.aborted)
            return lease;
        // Granted and aborted at once.
        await lease.release();
    }
    catch (error) {
        if (!signal?.aborted || !(0, errors_js_1.isStorageError)(error) || error.code !== 'ERR_CANCELLED')
            throw error;
    }
    finally {
        forget(signal, leave);
    }
    throw signal.reason;
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
/** Nothing also where the addon refuses what there is. */
function signalOf(claim) {
    try {
        const { signal } = claim;
        const isSignal = typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean';
        return isSignal ? signal : undefined;
    }
    catch {
        return undefined;
    }
}
/** A signal of the caller's own making may fail here: the outcome of the wait counts. */
function forget(signal, listener) {
    try {
        signal?.removeEventListener('abort', listener);
    }
    catch { }
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
