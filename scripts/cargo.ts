// Runs cargo as the other scripts do, so that it shares what they built: `npm run cargo -- test -p rivers-storage`. With `env`,
// prints the variables that make cargo do so without this script.
import { cargoEnv } from './lib/cargo-env.js'
import { run } from './setup/run.mjs'

const args = process.argv.slice(2)
if (args[0] === 'env') {
  const changed = Object.entries(cargoEnv()).filter(([name, value]) => process.env[name] !== value)
  for (const [name, value] of changed) console.log(`${name}=${value}`)
} else {
  process.exit(run('cargo', args, { env: cargoEnv() }) ? 0 : 1)
}
