// Loads the addon. It is written by hand, as TypeScript would put its own declarations in place of the generated
// binding.d.ts. Bundlers follow a `require` only where its name is written out, and pass over a missing module only
// within `try`. The addon beside this file is that of a clone, or one that was copied beside a bundle.
const { load } = require('./lib/loader/load.js')

/** @type {(target: import('./lib/loader/targets.js').Target) => import('./lib/loader/attempts.js').Required} */
function requireBeside(target) {
  try {
    switch (target) {
      case 'darwin-arm64':
        return { value: require('./rivers-storage.darwin-arm64.node') }
      case 'darwin-x64':
        return { value: require('./rivers-storage.darwin-x64.node') }
      case 'linux-arm64-gnu':
        return { value: require('./rivers-storage.linux-arm64-gnu.node') }
      case 'linux-arm64-musl':
        return { value: require('./rivers-storage.linux-arm64-musl.node') }
      case 'linux-x64-gnu':
        return { value: require('./rivers-storage.linux-x64-gnu.node') }
      case 'linux-x64-musl':
        return { value: require('./rivers-storage.linux-x64-musl.node') }
      case 'win32-arm64-msvc':
        return { value: require('./rivers-storage.win32-arm64-msvc.node') }
      case 'win32-x64-msvc':
        return { value: require('./rivers-storage.win32-x64-msvc.node') }
    }
  } catch (error) {
    return { error }
  }
}

/** @type {(target: import('./lib/loader/targets.js').Target) => import('./lib/loader/attempts.js').Required} */
function requireInstalled(target) {
  try {
    switch (target) {
      case 'darwin-arm64':
        return { value: require('rivers-storage-darwin-arm64/rivers-storage.darwin-arm64.node') }
      case 'darwin-x64':
        return { value: require('rivers-storage-darwin-x64/rivers-storage.darwin-x64.node') }
      case 'linux-arm64-gnu':
        return { value: require('rivers-storage-linux-arm64-gnu/rivers-storage.linux-arm64-gnu.node') }
      case 'linux-arm64-musl':
        return { value: require('rivers-storage-linux-arm64-musl/rivers-storage.linux-arm64-musl.node') }
      case 'linux-x64-gnu':
        return { value: require('rivers-storage-linux-x64-gnu/rivers-storage.linux-x64-gnu.node') }
      case 'linux-x64-musl':
        return { value: require('rivers-storage-linux-x64-musl/rivers-storage.linux-x64-musl.node') }
      case 'win32-arm64-msvc':
        return { value: require('rivers-storage-win32-arm64-msvc/rivers-storage.win32-arm64-msvc.node') }
      case 'win32-x64-msvc':
        return { value: require('rivers-storage-win32-x64-msvc/rivers-storage.win32-x64-msvc.node') }
    }
  } catch (error) {
    return { error }
  }
}

/** @type {(target: import('./lib/loader/targets.js').Target) => string | undefined} */
function versionOf(target) {
  try {
    switch (target) {
      case 'darwin-arm64':
        return require('rivers-storage-darwin-arm64/package.json').version
      case 'darwin-x64':
        return require('rivers-storage-darwin-x64/package.json').version
      case 'linux-arm64-gnu':
        return require('rivers-storage-linux-arm64-gnu/package.json').version
      case 'linux-arm64-musl':
        return require('rivers-storage-linux-arm64-musl/package.json').version
      case 'linux-x64-gnu':
        return require('rivers-storage-linux-x64-gnu/package.json').version
      case 'linux-x64-musl':
        return require('rivers-storage-linux-x64-musl/package.json').version
      case 'win32-arm64-msvc':
        return require('rivers-storage-win32-arm64-msvc/package.json').version
      case 'win32-x64-msvc':
        return require('rivers-storage-win32-x64-msvc/package.json').version
    }
  } catch {
    return undefined
  }
}

module.exports = load({
  // Modules of ES bundles have no file name.
  from: typeof __filename === 'string' ? __filename : undefined,
  version: require('./package.json').version,
  requireBeside,
  requireInstalled,
  versionOf,
})
