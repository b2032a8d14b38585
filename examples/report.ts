// What a person sees: the steps while they run, the tables at the end.
import type { RunProgress, Storage } from 'rivers-storage'
import type { Asset, Graph } from './graph.js'
import { resultVersions } from './plan.js'
import { hash } from './results.js'
import type { Decision } from './retry.js'

/** What happens to the steps of a run, as it happens. */
export interface StepListener {
  waits(step: string): void
  /** `worker` is the process that works on it, if it is not this one. */
  started(step: string, worker?: number): void
  ended(step: string, progress: RunProgress): void
  /** Another executor has made it. */
  skipped(step: string): void
  /** An attempt ended without a result. */
  failed(step: string, decision: Decision, error: unknown): void
}

const FAILED: Record<Decision, string> = { retry: 'AGAIN', fail: 'FAILED', stop: 'STOPPED' }

/** A line for each step that ended and, on a terminal, one at the bottom with those under way. */
export class Progress implements StepListener {
  readonly #started = new Map<string, number>()
  readonly #waiting = new Set<string>()
  readonly #terminal = process.stdout.isTTY

  waits(step: string): void {
    this.#waiting.add(step)
    this.#show()
  }

  started(step: string): void {
    this.#waiting.delete(step)
    this.#started.set(step, performance.now())
    this.#show()
  }

  ended(step: string, { completedSteps }: RunProgress): void {
    this.#end(step, `${String(completedSteps).padStart(3)}  ${step.padEnd(24)} ${this.#took(step)}`)
  }

  skipped(step: string): void {
    this.#end(step, `  -  ${step.padEnd(24)} made by another executor`)
  }

  failed(step: string, decision: Decision, error: unknown): void {
    this.#end(step, `${FAILED[decision]}  ${step}  ${String(error)}`)
  }

  #took(step: string): string {
    const ms = performance.now() - (this.#started.get(step) ?? performance.now())
    return `${ms.toFixed(0)} ms`.padStart(9)
  }

  #end(step: string, line: string): void {
    this.#started.delete(step)
    this.#waiting.delete(step)
    console.log(this.#terminal ? `\r\x1b[2K${line}` : line)
    this.#show()
  }

  #show(): void {
    if (!this.#terminal) return
    const running = [...this.#started.keys()].join(', ')
    const waiting = this.#waiting.size > 0 ? ` (${this.#waiting.size} waiting for a slot)` : ''
    const line = running || waiting ? `     ${running}${waiting}`.slice(0, process.stdout.columns - 1) : ''
    process.stdout.write(`\r\x1b[2K${line}`)
  }
}

export function printTables(storage: Storage, { assets }: Graph): void {
  const staleness = storage.computeStalenessSync()
  const rows = assets.map(asset => {
    const { key, partitions } = asset
    const record = storage.getAssetRecordSync(key)
    const made = storage.getMaterializedPartitionsSync(key)
    return [
      key,
      record?.group ?? '',
      staleness[key]?.status ?? '',
      partitions ? `${made.length} of ${partitions.length}` : '',
      record?.lastTimestamp ? new Date(record.lastTimestamp).toISOString().slice(0, 19).replace('T', ' ') : '',
      record?.codeVersion ?? '',
      shortVersion(storage, asset),
    ]
  })
  printTable(['asset', 'group', 'status', 'partitions', 'time (UTC)', 'code', 'data version'], rows)
  const pools = storage.getAllPoolInfosSync()
  printTable(
    ['pool', 'limit', 'used', 'waiting'],
    pools.map(pool => [pool.poolKey, `${pool.slotLimit}`, `${pool.claimedCount}`, `${pool.pendingCount}`]),
  )
}

/** A partitioned asset is shown by the versions of all its partitions: which one was made last differs from run to run. */
function shortVersion(storage: Storage, asset: Asset): string {
  const versions = resultVersions(storage, asset)
  return (asset.partitions ? hash(JSON.stringify(versions)) : versions[0]![1]).slice(0, 12)
}

function printTable(header: string[], rows: string[][]): void {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]!.length)))
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  console.log(['', line(header), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n'))
}
