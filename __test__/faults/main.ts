// `npm run faults -- [--seconds S] [--late S] [--seed N]`: a mixed load by several processes, through proxies that make the
// faults of a network, each for so many seconds. The last line counts the faults without and with something wrong.
import { parseArgs } from 'node:util'
import { hasServer } from '../../scripts/lib/server.js'
import { newSeed } from '../helpers/random.js'
import { KINDS, runFaults } from './run.js'
import { table } from './table.js'

async function main(): Promise<void> {
  const string = { type: 'string' } as const
  const { values } = parseArgs({ options: { seconds: string, late: string, seed: string } })
  if (!hasServer()) throw new Error('There is no server: `npm run server` builds it.')
  const seed = Number(values.seed ?? newSeed())
  console.log(`Seed ${seed}.`)
  const { rows, complaints } = await runFaults({
    seed,
    kinds: KINDS,
    processes: 3,
    storages: 2,
    timeoutMs: 3000,
    phaseMs: Number(values.seconds ?? 20) * 1000,
    lateMs: Number(values.late ?? 60) * 1000,
    waitMs: Number(values.late ?? 60) * 1000,
    log: line => console.log(line),
  })
  console.log(`\n${table(rows)}\n`)
  for (const { fault, errors } of rows) console.log(`${fault}: ${JSON.stringify(errors)}`)
  for (const complaint of complaints) console.log(complaint)
  const failed = new Set(complaints.map(complaint => complaint.split(':')[0])).size
  console.log(`${rows.length - failed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

void main()
