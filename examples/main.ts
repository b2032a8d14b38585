// An executor in small: it brings a graph of assets up to date on an embedded store. Kill it, start it again: it goes on.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isStorageError, Storage } from 'rivers-storage'
import { pipeline } from './assets.js'
import { contended } from './contention.js'
import { Results } from './data.js'
import { endAbandonedRuns, runOnce } from './executor.js'
import { bumpCodeVersion, register, staleAssets } from './plan.js'
import { printTables, Progress } from './report.js'
import { Utilisation } from './utilisation.js'

const USAGE = `npm run demo -- [options]
  --dir FOLDER   where the store and the results are (default .rivers-demo)
  --bump ASSET   a new code version of that asset, as if its code had changed (may be repeated)
  --contend N    instead of the pipeline, N steps that all want the same two pools at once
  --pace MS      every step takes that much longer, to watch it or to kill it half-way
  --help`

const options = {
  dir: { type: 'string', default: '.rivers-demo' },
  bump: { type: 'string', multiple: true, default: [] as string[] },
  contend: { type: 'string' },
  pace: { type: 'string', default: '0' },
  help: { type: 'boolean', default: false },
} as const

class UsageError extends Error {}

function readArguments() {
  try {
    const { values } = parseArgs({ options })
    const { pace, contend, bump } = values
    if (!/^\d+$/.test(pace)) throw new Error(`--pace takes milliseconds, not '${pace}'`)
    if (contend !== undefined && !/^[1-9]\d*$/.test(contend)) throw new Error(`--contend takes steps, not '${contend}'`)
    const graph = contend === undefined ? pipeline : contended(Number(contend))
    const keys = graph.assets.map(asset => asset.key)
    const unknown = bump.find(key => !keys.includes(key))
    if (unknown !== undefined) throw new Error(`no asset '${unknown}': ${keys.join(', ')}`)
    const dir = contend === undefined ? values.dir : join(values.dir, 'contended')
    return { graph, bump, help: values.help, dir: resolve(dir), pace: Number(pace) }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

async function main(): Promise<boolean> {
  const { graph, dir, bump, pace, help } = readArguments()
  if (help) {
    console.log(USAGE)
    return true
  }
  console.log(`The store and the results are in ${dir}. This is process ${process.pid}: kill -9 it whenever you like.`)
  await using storage = await Storage.embedded(join(dir, 'store'))
  const results = new Results(join(dir, 'results'))

  const abandoned = await endAbandonedRuns(storage)
  if (abandoned > 0) console.log('The last run was killed: going on where it was.')
  for (const key of bump) console.log(`${key} is now at code version ${await bumpCodeVersion(storage, key)}.`)
  await register(storage, graph)

  const stale = await staleAssets(storage, graph)
  if (stale.length > 0) console.log(`Stale: ${stale.map(asset => asset.key).join(', ')}`)
  else console.log('Everything is up to date: nothing to do.')
  const utilisation = new Utilisation(graph.pools)
  const options = { graph, pace, utilisation }
  const good = stale.length === 0 || (await runOnce(storage, results, stale, new Progress(), options))

  await printTables(storage, graph)
  utilisation.print()
  if (good && graph === pipeline)
    for (const { finding } of await results.rows('report', null)) console.log(`\n${finding}`)
  return good
}

main().then(
  good => (process.exitCode = good ? 0 : 1),
  error => {
    process.exitCode = error instanceof UsageError ? 2 : 1
    if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`)
    else if (isStorageError(error) && error.code === 'ERR_LOCKED') console.error(`It runs already: ${error.message}`)
    else console.error(error)
  },
)
