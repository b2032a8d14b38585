"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.load = load;
const attempts_js_1 = require("./attempts.js");
const cause_js_1 = require("./cause.js");
const libc_js_1 = require("./libc.js");
const machine_js_1 = require("./machine.js");
const message_js_1 = require("./message.js");
const processor_js_1 = require("./processor.js");
const targets_js_1 = require("./targets.js");
/** Loads the addon of this platform, or the file that RIVERS_STORAGE_BINARY names. Throws an `AddonError`. */
function load(sources) {
    const file = process.env.RIVERS_STORAGE_BINARY;
    // Without a check of the processor: a named file may be built for an older one.
    if (file)
        return firstAddon([(0, attempts_js_1.attemptFile)(file)], sources);
    const { platform, arch } = process;
    const lacking = arch === 'x64' ? (0, processor_js_1.lackingInstructions)(platform === 'linux' ? (0, machine_js_1.cpuinfo)() : '', (0, machine_js_1.hasWasmSimd)()) : [];
    if (lacking.length > 0)
        throw addonError({ reason: 'old processor', lacking }, sources, []);
    return firstAddon((0, attempts_js_1.attempts)(sources, (0, targets_js_1.targetsOf)(platform, arch, libcs())), sources);
}
function libcs() {
    const { platform, arch } = process;
    return platform === 'linux' ? (0, libc_js_1.libcOrder)((0, machine_js_1.dynamicLoaders)(arch), machine_js_1.processReport) : [];
}
/** The first addon that is loaded. Throws an `AddonError` with the cause if there is none. */
function firstAddon(outcomes, sources) {
    const failed = [];
    for (const outcome of outcomes) {
        if ('addon' in outcome)
            return outcome.addon;
        failed.push(outcome);
    }
    const hasPermissionModel = machine_js_1.runtime === 'Deno' || process.permission !== undefined;
    throw addonError((0, cause_js_1.causeOf)(failed, { switches: (0, machine_js_1.switches)(), hasPermissionModel }), sources, failed);
}
function addonError(cause, sources, failed) {
    const { platform, arch } = process;
    const [libc] = libcs();
    const message = (0, message_js_1.messageOf)(cause, {
        version: sources.version,
        platform,
        arch,
        libc: libc && (0, libc_js_1.libcName)(libc, (0, machine_js_1.processReport)()),
        runtime: machine_js_1.runtime,
        runtimeVersion: machine_js_1.runtimeVersion,
        attempts: failed,
        installedTargets: targets_js_1.TARGETS.filter(target => sources.versionOf(target) !== undefined),
    });
    const first = 'attempt' in cause ? cause.attempt : failed.find(({ problem }) => problem.kind !== 'absent');
    const options = first ? { cause: first.error } : {};
    return Object.assign(new Error(message, options), { code: 'ERR_ADDON_NOT_LOADED', reason: cause.reason });
}
