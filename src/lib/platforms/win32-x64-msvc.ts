import { addonPath } from '../loader/path.js'

/** The path of the addon for this platform. */
const path = addonPath('win32-x64-msvc')
export = path
