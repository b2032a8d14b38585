import { addonPath } from '../loader/path.js'

/** The path of the addon for this platform. */
const path = addonPath('linux-x64-musl')
export = path
