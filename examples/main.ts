// An orchestrator in small: it brings a graph of assets up to date, on an embedded store or on a server. Kill it, start it
// again: it goes on.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { isStorageError, Storage } from 'rivers-storage'
import { readArguments, USAGE, UsageError } from './arguments.js'
import { pipeline } from './assets.js'
import { endAbandonedRuns, runOnce } from './lifecycle.js'
import { bumpCodeVersion, register, staleAssets } from './plan.js'
import { printTables, Progress } from './report.js'
import { Results } from './results.js'
import { Utilisation } from './utilisation.js'

async function main(): Promise<boolean> {
  const { executor, graph, codeLocation, dir, connect, bump, pace, timeout, canHearSignals, help } = readArguments()
  if (help) {
    console.log(USAGE)
    return true
  }
  const places = connect === undefined ? `The store and the results are in ${dir}` : `The results are in ${dir}`
  console.log(`${places}. This is process ${process.pid}: kill -9 it whenever you like.`)
  await using storage =
    connect === undefined
      ? await Storage.embedded(join(dir, 'store'))
      : await Storage.connect(connect, { codeLocation })
  const results = new Results(join(dir, 'results'))

  if (endAbandonedRuns(storage, results) > 0) console.log('The last run was killed: going on where it was.')
  for (const key of bump) console.log(`${key} is now at code version ${bumpCodeVersion(storage, key)}.`)
  register(storage, graph)

  const stale = staleAssets(storage, graph)
  if (stale.length > 0) console.log(`Stale: ${stale.map(asset => asset.key).join(', ')}`)
  else console.log('Everything is up to date: nothing to do.')
  const utilisation = new Utilisation(graph.pools)
  const runId = randomUUID()
  if (canHearSignals) process.once('SIGINT', () => cancelRun(storage, runId))
  const options = { runId, graph, progress: new Progress(), utilisation, pace: () => pace, timeout }
  const isGood = stale.length === 0 || (await runOnce(storage, results, stale, executor, options)).status === 'Success'

  printTables(storage, graph)
  utilisation.print()
  if (isGood && graph === pipeline) for (const { finding } of results.rows('report', null)) console.log(`\n${finding}`)
  return isGood
}

function cancelRun(storage: Storage, runId: string): void {
  console.log('Cancelling the run.')
  storage.requestCancellationSync(runId)
}

main().then(
  isGood => (process.exitCode = isGood ? 0 : 1),
  error => {
    process.exitCode = error instanceof UsageError ? 2 : 1
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`)
    else if (isStorageError(error) && error.code === 'ERR_LOCKED') console.error(`It runs already: ${error.message}`)
    else if (isStorageError(error) && error.code === 'ERR_UNAVAILABLE') console.error(error.message)
    else console.error(error)
  },
)
