// What a store on a server does, beside the reference's wheel on the same server: `npm run bench:server -- --help`.
import { parseArgs } from 'node:util'
import { hasServer, startServer } from '../../scripts/lib/server.js'
import type { Figures } from './figures.js'
import { startFleet } from './fleet.js'
import type { Pace } from './load.js'
import { measureRow } from './rounds.js'
import { PROCESSES, rows } from './rows.js'
import { errorLines, loadTable, wantedTable } from './tables.js'
import { verdicts } from './wanted.js'

const USAGE = `npm run bench:server -- [options]
  --quick         a third of the time
  --only PATTERN  only the rows with an entry whose name matches, a regular expression (case does not matter)
  --help`

const FULL: Pace = { warmUpMs: 600, sliceMs: 2400 }
const QUICK: Pace = { warmUpMs: 200, sliceMs: 600 }

const LEGEND = `Medians of three rounds, in brackets the least and the greatest of them. A time is from a call to its grant; of a hand-off, from the
start of the release in one process to the grant in the other.`

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, only: { type: 'string', default: '' }, help: { type: 'boolean' } },
  })
  if (values.help) return console.log(USAGE)
  if (!hasServer()) throw new Error("There is no server yet: 'npm run server' builds it.")
  const only = new RegExp(values.only, 'i')
  const chosen = rows.filter(row => row.some(({ name }) => only.test(name)))

  const measured = await measureAll(chosen, values.quick ? QUICK : FULL)
  const ratios = verdicts(measured)
  console.log(`${LEGEND}\n\n${loadTable(measured)}`)
  if (ratios.length > 0) console.log(`\n${wantedTable(ratios)}`)
  const errors = errorLines(measured)
  if (errors.length === 0) return
  console.log(`\nFirst errors:\n${errors.join('\n')}`)
  process.exitCode = 1
}

async function measureAll(chosen: typeof rows, pace: Pace): Promise<Figures[]> {
  const server = await startServer()
  const fleet = startFleet(server.endpoint, PROCESSES)
  try {
    const measured: Figures[] = []
    for (const row of chosen) measured.push(...(await measureRow(row, server.endpoint, fleet, pace)))
    return measured
  } finally {
    await fleet.end()
    await server.stop()
  }
}

main().catch(error => {
  console.error(error)
  process.exitCode = 1
})
