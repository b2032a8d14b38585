// An executor in small: it brings a graph of assets up to date on an embedded store. Kill it, start it again: it goes on.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isStorageError, Storage } from 'rivers-storage'
import { assets } from './assets.js'
import { Results } from './data.js'
import { endAbandonedRuns, runOnce } from './executor.js'
import { bumpCodeVersion, register, staleAssets } from './plan.js'
import { printTables, Progress } from './report.js'

const USAGE = `npm run demo -- [options]
  --dir FOLDER   where the store and the results are (default .rivers-demo)
  --bump ASSET   a new code version of that asset, as if its code had changed (may be repeated)
  --pace MS      every step takes that much longer, to watch it or to kill it half-way
  --help`

const options = {
  dir: { type: 'string', default: '.rivers-demo' },
  bump: { type: 'string', multiple: true, default: [] as string[] },
  pace: { type: 'string', default: '0' },
  help: { type: 'boolean', default: false },
} as const

class UsageError extends Error {}

function readArguments() {
  try {
    const { values } = parseArgs({ options })
    const unknown = values.bump.find(key => !assets.some(asset => asset.key === key))
    if (unknown !== undefined) throw new Error(`no asset '${unknown}': ${assets.map(asset => asset.key).join(', ')}`)
    if (!/^\d+$/.test(values.pace)) throw new Error(`--pace takes milliseconds, not '${values.pace}'`)
    return { ...values, dir: resolve(values.dir), pace: Number(values.pace) }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

async function main(): Promise<boolean> {
  const { dir, bump, pace, help } = readArguments()
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
  await register(storage)

  const stale = await staleAssets(storage)
  if (stale.length > 0) console.log(`Stale: ${stale.map(asset => asset.key).join(', ')}`)
  else console.log('Everything is up to date: nothing to do.')
  const good = stale.length === 0 || (await runOnce(storage, results, stale, new Progress(), { pace }))

  await printTables(storage)
  if (good) for (const { finding } of await results.rows('report', null)) console.log(`\n${finding}`)
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
