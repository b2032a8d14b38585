"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.attempts = attempts;
exports.named = named;
const node_module_1 = require("node:module");
const node_path_1 = require("node:path");
const machine_js_1 = require("./machine.js");
const problem_js_1 = require("./problem.js");
const targets_js_1 = require("./targets.js");
/** The addon of each target in turn: beside the package, then from the platform's package. */
function* attempts(sources, targets) {
    for (const target of targets) {
        yield attempt(`./${(0, targets_js_1.fileOf)(target)}`, sources.from, () => sources.beside(target), { target });
        yield installed(sources, target);
    }
}
function installed(sources, target) {
    const name = (0, targets_js_1.packageOf)(target);
    const found = sources.versionOf(target);
    // Before it is loaded: an addon of another version may do anything.
    if (found !== undefined && found !== sources.version) {
        const error = new Error(`${name} is of version ${found}, rivers-storage of version ${sources.version}`);
        return { source: name, target, problem: { kind: 'version', found }, error };
    }
    return attempt(name, sources.from, () => sources.installed(target), { target, isInstalled: found !== undefined });
}
/** The file that RIVERS_STORAGE_BINARY names. */
function named(file) {
    const path = (0, node_path_1.resolve)(file);
    const load = () => {
        try {
            // Unlike `process.dlopen`, this gives all realms of the process the same addon.
            return { value: (0, node_module_1.createRequire)(path)(path) };
        }
        catch (error) {
            return { error };
        }
    };
    return attempt(path, path, load, {});
}
function attempt(source, from, load, { target, isInstalled = false }) {
    const damage = (0, machine_js_1.cut)(source, from);
    const failed = (problem, error) => ({ source, target, problem, error });
    if (damage)
        return failed({ kind: 'broken' }, new Error(damage));
    const required = load();
    if ('value' in required)
        return { addon: required.value };
    const error = asError(required.error);
    return failed((0, problem_js_1.problemOf)(error, isInstalled), error);
}
const asError = (thrown) => typeof thrown?.message === 'string' ? thrown : new Error(String(thrown));
