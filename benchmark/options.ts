import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'

export const USAGE = `npm run bench -- [options]
  --full           longer, and with what takes long: a million events, more sizes
  --only PATTERN   only the rows whose 'workload, tier' has it, a regular expression (case does not matter)
  --compare        what changed against the committed ratios of an addon of the same profile
  --record         writes what is committed: the ratios, and of a --full run the plots and tables of docs/performance.md
  --soak MINUTES   instead: mixed load for so long, and what the process grows by
  --dir FOLDER     the disk to measure on (default: the system's folder for temporary files)
  --help`

export class UsageError extends Error {}

export interface Options {
  readonly full: boolean
  readonly only: RegExp | null
  readonly compare: boolean
  readonly record: boolean
  readonly soakMinutes: number | null
  readonly dir: string
  readonly help: boolean
}

export function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        full: { type: 'boolean', default: false },
        only: { type: 'string' },
        compare: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        soak: { type: 'string' },
        dir: { type: 'string', default: tmpdir() },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.record && values.only !== undefined) throw new Error('--record is for a whole run, without --only')
    const soakMinutes = values.soak === undefined ? null : Number(values.soak)
    if (soakMinutes !== null && !(soakMinutes > 0)) throw new Error(`--soak takes minutes, not '${values.soak}'`)
    return { ...values, only: values.only === undefined ? null : new RegExp(values.only, 'i'), soakMinutes }
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
