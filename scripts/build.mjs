// Builds what changed: the addon with its binding, then the TypeScript layer. `dist` as an argument makes the addon
// that is published, which takes minutes more.
import { buildAddon } from './lib/addon.mjs'
import { run, stop } from './lib/run.mjs'

console.log('Building the addon (the first time it compiles a whole database engine: that takes a while)')
const { addon, isNew, time } = await buildAddon(process.argv[2] ?? 'dev')
console.log(`  ${addon} ${isNew ? 'built' : 'is up to date'} (${time})`)
if (!run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'src'])) stop('src/ does not compile: see above.')
