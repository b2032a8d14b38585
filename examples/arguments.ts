// The arguments of `npm run demo`.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { pipeline } from './assets.js'
import { contended } from './contention.js'
import { asyncExecutor } from './executors/async.js'
import type { Executor } from './executors/executor.js'
import { inProcessExecutor } from './executors/in-process.js'
import { parallelExecutor } from './executors/parallel.js'

export const USAGE = `npm run demo -- [options]
  --executor E   how the steps are executed (default async):
                   in-process  one after the other, by blocking calls
                   async       as promises of one process
                   parallel    in child processes
  --dir FOLDER   where the store and the results are (default .rivers-demo)
  --connect URL  the store on a server, such as ws://127.0.0.1:8000. Start the demo several times at once: its executors
                 share the pools, and each asset is made once. They need the same --dir for the results.
  --bump ASSET   a new code version of that asset, as if its code had changed (may be repeated)
  --contend N    instead of the pipeline, N steps that all want the same two pools at once
  --pace MS      every step takes that much longer, to watch it or to kill it half-way
  --timeout MS   a step that takes longer than that fails (default 60000)
  --help`

const options = {
  executor: { type: 'string', default: 'async' },
  dir: { type: 'string', default: '.rivers-demo' },
  connect: { type: 'string' },
  bump: { type: 'string', multiple: true, default: [] as string[] },
  contend: { type: 'string' },
  pace: { type: 'string' },
  timeout: { type: 'string', default: '60000' },
  help: { type: 'boolean', default: false },
} as const

const EXECUTORS = new Map<string, Executor>([
  ['in-process', inProcessExecutor()],
  ['async', asyncExecutor],
  ['parallel', parallelExecutor],
])

export class UsageError extends Error {}

export function readArguments() {
  try {
    const { executor: name, contend, pace, timeout, ...values } = parseArgs({ options }).values
    const executor = EXECUTORS.get(name)
    if (!executor) throw new Error(`no executor '${name}': ${[...EXECUTORS.keys()].join(', ')}`)
    for (const [option, ms] of Object.entries({ pace, timeout }))
      if (ms !== undefined && !/^\d{1,9}$/.test(ms)) throw new Error(`--${option} takes milliseconds, not '${ms}'`)
    if (contend !== undefined && !/^[1-9]\d*$/.test(contend)) throw new Error(`--contend takes steps, not '${contend}'`)
    const graph = contend === undefined ? pipeline : contended(Number(contend))
    const keys = graph.assets.map(asset => asset.key)
    const unknown = values.bump.find(key => !keys.includes(key))
    if (unknown !== undefined) throw new Error(`no asset '${unknown}': ${keys.join(', ')}`)
    return {
      ...values,
      executor,
      graph,
      // Each graph has a code location of its own on a server, and a store of its own in a folder.
      codeLocation: contend === undefined ? 'pipeline' : 'contended',
      dir: resolve(contend === undefined ? values.dir : join(values.dir, 'contended')),
      pace: Number(pace ?? graph.pace),
      timeout: Number(timeout),
      // Blocking steps let no handler run: there Ctrl-C has to kill, as it does without one.
      canHearSignals: name !== 'in-process',
    }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
