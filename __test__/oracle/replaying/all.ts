import { BACKENDS } from '../../helpers/backends.js'
import { inTempDir } from '../../helpers/temp.js'
import type { Recording } from '../reading/recording.js'
import { Replay, type Place } from './replay.js'
import { agrees, type Result } from '../reporting/report.js'

export const PLACES: readonly Place[] = BACKENDS.flatMap(backend =>
  (['promise', 'sync'] as const).map(form => ({ backend, form })),
)

/** So many side by side: those that sleep leave the processor to the others. */
const AT_ONCE = 8
/** A replay that took so much longer than recorded may have seen leases end that were live then. */
const LAGGED_MS = 300
const TRIES = 3

export async function replayAll(recordings: readonly Recording[]): Promise<Result[]> {
  const jobs = recordings.flatMap(recording => PLACES.map(place => ({ recording, place })))
  const results: Result[] = []
  // The longest first, so that nothing waits for them in the end.
  const queue = jobs.toSorted((one, other) => slept(other.recording) - slept(one.recording))
  const work = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) results.push(await replay(job.recording, job.place))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  // As the recordings are.
  return jobs.map(({ recording, place }) => results.find(it => it.recording === recording && it.place === place)!)
}

/**
 * Where leases end and the clock goes on by itself, a replay that disagrees and lagged says nothing: it is made again. On the
 * manual clock nothing lags.
 */
async function replay(recording: Recording, place: Place, tries = TRIES): Promise<Result> {
  const { result, lag } = await inTempDir(async folder => {
    const replay = new Replay(recording, place, folder)
    return { result: { recording, place, replayed: await replay.run() }, lag: replay.clock.lag() }
  })
  const isLate = !agrees(result) && lag > LAGGED_MS && slept(recording) > 0
  if (!isLate) return result
  return tries > 1 ? replay(recording, place, tries - 1) : tooLate(result, lag)
}

function tooLate(result: Result, lag: number): Result {
  const why = `this machine was ${Math.ceil(lag / 1000)} s late, and leases ended meanwhile`
  const replayed = result.replayed.map(({ step, at, ...seen }) =>
    seen.verdict === 'disagrees'
      ? { step, at, verdict: 'not replayed' as const, why, rules: [] }
      : { step, at, ...seen },
  )
  return { ...result, replayed }
}

const slept = ({ steps }: Recording): number =>
  steps.reduce((sum, { op, args }) => sum + (op === '$sleep' ? Number(args[0]) : 0), 0)
