import { addonPath } from '../loader/path.js'

/** The path of the addon for this platform. */
const path = addonPath('darwin-arm64')
export = path
