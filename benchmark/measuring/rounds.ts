import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Workload } from '../workloads/workload.js'
import { firstLine } from '../reporting/format.js'
import { OURS, type Tier } from '../peers/peer.js'
import { isMissing, type Contender, type Trial } from './contender.js'
import { summarize, type Summary } from './summary.js'

/** How long everything is measured. */
export interface Pace {
  readonly rounds: number
  readonly sliceMs: number
  readonly warmUpMs: number
}
export const QUICK: Pace = { rounds: 3, sliceMs: 80, warmUpMs: 40 }
export const FULL: Pace = { rounds: 5, sliceMs: 200, warmUpMs: 100 }

export interface Measured {
  readonly peer: string
  readonly summary: Summary
}
export interface NotMeasured {
  readonly peer: string
  readonly missing: string
}

/** One workload on every contender, a slice of each in turn, so that what disturbs the machine disturbs all of them. */
export async function measure(
  workload: Workload,
  tier: Tier,
  contenders: readonly Contender[],
  pace: Pace,
  folder: string,
): Promise<(Measured | NotMeasured)[]> {
  const dir = await mkdtemp(join(folder, 'store-'))
  const entries: Entry[] = []
  try {
    for (const [i, contender] of contenders.entries()) {
      const entry: Entry = { contender, rounds: [] }
      entries.push(entry)
      await attempt(entry, async () => {
        const started = await contender.start(workload, tier, join(dir, String(i)))
        if (isMissing(started)) entry.missing = started.missing
        else entry.trial = started
      })
    }
    for (const entry of entries) await attempt(entry, async trial => void (await trial?.slice(pace.warmUpMs)))
    for (let round = 0; round < pace.rounds; round++) {
      for (const entry of entries) {
        await attempt(entry, async trial => void (trial && entry.rounds.push(await trial.slice(pace.sliceMs))))
      }
    }
  } finally {
    for (const entry of entries) await endTrial(entry)
    // Again where a peer still writes a moment after its close.
    await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  return entries.map(({ contender: { name: peer }, rounds, missing }) =>
    missing === undefined ? { peer, summary: summarize(rounds) } : { peer, missing },
  )
}

interface Entry {
  readonly contender: Contender
  readonly rounds: number[][]
  trial?: Trial
  missing?: string
}

/** A peer that fails is out, and the others go on. We may not fail. */
async function attempt(entry: Entry, work: (trial: Trial | undefined) => Promise<void>): Promise<void> {
  if (entry.missing !== undefined) return
  try {
    await (entry.contender.name === OURS ? work(entry.trial) : inTime(work(entry.trial)))
  } catch (error) {
    if (entry.contender.name === OURS) throw error
    entry.missing = `failed: ${firstLine(error)}`
  }
}

/** What was measured stays, whatever a peer does when it ends. */
async function endTrial({ contender, trial }: Entry): Promise<void> {
  if (!trial) return
  if (contender.name === OURS) return trial.end()
  await inTime(trial.end()).catch(() => {})
}

/** So long a peer may take for one slice, or to be filled. */
const PATIENCE_MS = 180_000

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS / 1000} s`)), PATIENCE_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
