import { inTempDir } from '../helpers/temp.js'
import { parseRecording, type Recording } from './reading/recording.js'
import { Replay, type Place, type Replayed } from './replaying/replay.js'

/** As a recording has it. */
export interface RawStep {
  op: string
  args?: unknown[]
  kwargs?: Record<string, unknown>
  result?: unknown
  error?: { type: string; mro: string[]; message: string }
  order?: string
  projection?: string
  writes?: unknown
}

export const recordingOf = (steps: RawStep[], more: object = {}): Recording =>
  parseRecording(JSON.stringify({ scenario: 'made up', backend: 'memory', ts_order: [], steps, ...more }))

export const MEMORY: Place = { backend: 'memory', form: 'sync' }

export const replayed = (recording: Recording, place: Place = MEMORY): Promise<readonly Replayed[]> =>
  inTempDir(folder => new Replay(recording, place, folder).run())

/** The paths at which steps disagree, as 'step: path'. */
export const disagreements = (steps: readonly Replayed[]): string[] =>
  steps.flatMap(step => (step.verdict === 'disagrees' ? step.differences.map(({ path }) => `${step.at}: ${path}`) : []))

/** What came of each step, with its rules. */
export const verdicts = (steps: readonly Replayed[]): string[] =>
  steps.map(({ verdict, rules }) => [verdict, ...rules].join(' '))
