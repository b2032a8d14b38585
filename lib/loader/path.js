"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.addonPath = addonPath;
const node_fs_1 = require("node:fs");
const node_path_1 = require("node:path");
const targets_js_1 = require("./targets.js");
/**
 * The path of a platform's addon, for scripts that copy it. They cannot resolve it themselves where the package manager
 * isolates packages: only this package has those of the platforms as dependencies.
 */
function addonPath(target) {
    const root = (0, node_path_1.join)(__dirname, '..', '..');
    const beside = (0, node_path_1.join)(root, (0, targets_js_1.fileOf)(target));
    if ((0, node_fs_1.existsSync)(beside))
        return beside;
    const { version } = require((0, node_path_1.join)(root, 'package.json'));
    const name = (0, targets_js_1.packageOf)(target);
    const found = versionOf(name);
    if (found === version)
        return require.resolve((0, targets_js_1.specifierOf)(target));
    if (found)
        throw new Error(`${name} is of version ${found}, not ${version}. Delete node_modules and install again.`);
    const [os, cpu, abi] = target.split('-');
    const libc = os === 'linux' ? ` --libc=${abi === 'gnu' ? 'glibc' : abi}` : '';
    throw new Error(`${name} ${version} is not installed. For an addon of another platform than this: ` +
        `npm install --os=${os} --cpu=${cpu}${libc}`);
}
function versionOf(name) {
    try {
        return require(`${name}/package.json`).version;
    }
    catch {
        return undefined;
    }
}
