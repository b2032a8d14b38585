"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
const binding_js_1 = require("../binding.js");
const errors_js_1 = require("./errors.js");
async function acquireSlots(claim) {
    const wait = new binding_js_1.SlotWait();
    const signal = signalOf(claim);
    const leave = () => wait.abort();
    if (signal?.aborted)
        leave();
    signal?.addEventListener('abort', leave, { once: true });
    try {
        const lease = withSignal(await (0, binding_js_1.acquire)(this, claim, wait));
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
        signal?.removeEventListener('abort', leave);
    }
    throw signal.reason;
}
async function withSlots(claim, work) {
    if (typeof work !== 'function')
        throw (0, binding_js_1.refusal)('work', work, 'a function');
    const lease = await this.acquireSlots(claim);
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
        return typeof claim.signal?.addEventListener === 'function' ? claim.signal : undefined;
    }
    catch {
        return undefined;
    }
}
/** What keeps a lease alive when only its signal is held on to. */
const kept = new WeakMap();
function withSignal(lease) {
    const controller = new AbortController();
    kept.set(controller.signal, [lease, controller]);
    // The addon holds on to the callback, which must not hold on to the lease.
    const weak = new WeakRef(controller);
    (0, binding_js_1.onLost)(lease, reason => weak.deref()?.abort(reason));
    return Object.defineProperty(lease, 'signal', { value: controller.signal, enumerable: true });
}
// Named by keys, because minifiers rename functions.
for (const [name, value] of Object.entries({ acquireSlots, withSlots })) {
    // A method of the addon's own realm stays: test runners load the package in realms that end before that one does.
    if (Reflect.get(binding_js_1.Storage.prototype, name) instanceof binding_js_1.Storage.constructor)
        continue;
    Object.defineProperty(binding_js_1.Storage.prototype, name, { value, writable: true, configurable: true });
}
