import { addonPath } from '../loader/path.js'

/** The path of the addon for this platform. */
const path = addonPath('linux-arm64-gnu')
export = path
