import { addonPath } from '../loader/path.js'

/** The path of the addon for darwin-arm64. This module throws if its package is not installed. */
const path = addonPath('darwin-arm64')
export = path
