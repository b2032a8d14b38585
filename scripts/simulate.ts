// Runs so many seeds of the simulation of clients: `npm run simulate -- 10000`.
import { cargoEnv } from './lib/cargo-env.js'
import { run } from './setup/run.mjs'

const [seeds = '2000'] = process.argv.slice(2)
const test = ['test', '--locked', '-p', 'rivers-storage', '--test', 'simulation', 'every_check', '--', '--nocapture']
process.exit(run('cargo', test, { env: { ...cargoEnv(), SIMULATION_SEEDS: seeds } }) ? 0 : 1)
