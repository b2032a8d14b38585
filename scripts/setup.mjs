// Everything a fresh clone needs before the demo and the tests can run; quick when there is nothing to do.
// It must not import any package: there may be none yet.
import { ensurePackages } from './setup/packages.mjs'
import { checkNode, checkRust, ensureBuildTools } from './setup/system.mjs'

checkNode()
checkRust()
ensureBuildTools()
ensurePackages()
await import('./build.mjs')
