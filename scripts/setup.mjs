// Everything a fresh clone needs before the demo and the tests can run; quick when there is nothing to do. `packages` as an
// argument installs what the other scripts need, and builds nothing; `surrealql` builds an addon that answers SurrealQL.
// JavaScript, as is all that it imports: what runs TypeScript is a package, and there may be none yet.
import { ensurePackages } from './setup/packages.mjs'
import { run } from './setup/run.mjs'
import { checkNode, checkRust, ensureBuildTools } from './setup/system.mjs'

checkNode()
const builds = process.argv[2] !== 'packages'
if (builds) {
  checkRust()
  ensureBuildTools()
}
ensurePackages()
const buildArguments = ['--import', 'tsx', 'scripts/build.ts', ...process.argv.slice(2)]
if (builds && !run(process.execPath, buildArguments)) process.exitCode = 1
