import { addonPath } from '../loader/path.js'

/** The path of the addon for linux-arm64-musl. This module throws if its package is not installed. */
const path = addonPath('linux-arm64-musl')
export = path
