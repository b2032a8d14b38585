"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.attempts = attempts;
exports.attemptFile = attemptFile;
const node_module_1 = require("node:module");
const node_path_1 = require("node:path");
const problem_js_1 = require("./problem.js");
const targets_js_1 = require("./targets.js");
const truncation_js_1 = require("./truncation.js");
/** The addon of each target in turn: beside the package, then from the platform's package. */
function* attempts(sources, targets) {
    for (const target of targets) {
        const load = () => sources.requireBeside(target);
        yield attempt({ target, from: sources.from, file: `./${(0, targets_js_1.fileOf)(target)}`, load });
        yield attemptPackage(sources, target);
    }
}
function attemptPackage(sources, target) {
    const source = (0, targets_js_1.packageOf)(target);
    const found = sources.versionOf(target);
    // Before it is loaded: an addon of another version may do anything.
    if (found !== undefined && found !== sources.version) {
        const error = new Error(`${source} is of version ${found}, rivers-storage of version ${sources.version}`);
        return { source, target, problem: { kind: 'version', found }, error };
    }
    const isInstalled = found !== undefined;
    const load = () => sources.requireInstalled(target);
    return attempt({ source, target, from: sources.from, file: (0, targets_js_1.specifierOf)(target), load, isInstalled });
}
/** The file that RIVERS_STORAGE_BINARY names. */
function attemptFile(name) {
    const file = (0, node_path_1.resolve)(name);
    // Node takes a file of another name for JavaScript. Of a link, it looks at the name of the file.
    const misnamed = [file, resolved(file)].find(path => !path.endsWith('.node'));
    if (misnamed !== undefined) {
        return { source: file, problem: { kind: 'name' }, error: new Error(`${misnamed} does not end in .node`) };
    }
    const load = () => {
        try {
            // Unlike `process.dlopen`, this gives all realms of the process the same addon.
            return { value: (0, node_module_1.createRequire)(file)(file) };
        }
        catch (error) {
            return { error };
        }
    };
    return attempt({ from: file, file, load });
}
function resolved(file) {
    try {
        return (0, node_module_1.createRequire)(file).resolve(file);
    }
    catch {
        return file;
    }
}
function attempt({ file, from, load, source = file, target, isInstalled = false }) {
    const failed = (problem, error) => ({ source, target, problem, error });
    const truncated = (0, truncation_js_1.truncation)(file, from);
    if (truncated)
        return failed({ kind: 'broken' }, new Error(truncated));
    const required = load();
    if ('value' in required)
        return { addon: required.value };
    const error = asError(required.error);
    return failed((0, problem_js_1.problemOf)(error, isInstalled), error);
}
const asError = (thrown) => typeof thrown?.message === 'string' ? thrown : new Error(String(thrown));
