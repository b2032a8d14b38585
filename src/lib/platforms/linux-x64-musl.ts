import { addonPath } from '../loader/path.js'

/** The path of the addon for linux-x64-musl. This module throws if its package is not installed. */
const path = addonPath('linux-x64-musl')
export = path
