import { addonPath } from '../loader/path.js'

/** The path of the addon for darwin-x64. This module throws if its package is not installed. */
const path = addonPath('darwin-x64')
export = path
