import { addonPath } from '../loader/path.js'

/** The path of the addon for win32-arm64-msvc. This module throws if its package is not installed. */
const path = addonPath('win32-arm64-msvc')
export = path
