import type { Attempt } from './problem.js'
import type { Target } from './targets.js'

/** Why the addon is not loaded, as the message tells it. */
export type Cause =
  | { reason: 'unsupported platform' }
  | { reason: 'old processor'; lacking: string[] }
  | { reason: 'package missing'; target: Target }
  | { reason: 'wrong version'; target: Target; found: string }
  | { reason: 'file missing'; attempt: Attempt }
  | { reason: 'broken file'; attempt: Attempt }
  | { reason: 'access denied'; attempt: Attempt }
  | { reason: 'old glibc'; attempt: Attempt; needed: string }
  | { reason: 'missing library'; attempt: Attempt; needed: string }
  | { reason: 'other libc'; attempt: Attempt }
  | { reason: 'permission' }
  | { reason: 'no addons' }
  | { reason: 'no such file'; attempt: Attempt }
  | { reason: 'wrong name'; attempt: Attempt }
  | { reason: 'other'; attempt: Attempt }

/** What may have disabled addons. */
export interface Disabling {
  switches: readonly string[]
  hasPermissionModel: boolean
}

/**
 * The first problem of an addon that exists. `other libc` is skipped for targets, because both libcs are always tried; for
 * a file named by the variable every problem counts.
 */
export function causeOf(attempts: readonly Attempt[], disabling: Disabling): Cause {
  const conclusive = attempts.find(isConclusive)
  if (conclusive) return causeOfOne(conclusive, disabling)
  const [first] = attempts.flatMap(({ target, problem }) => (target && problem.kind === 'absent' ? [target] : []))
  return first ? { reason: 'package missing', target: first } : { reason: 'unsupported platform' }
}

const isConclusive = ({ target, problem }: Attempt): boolean =>
  !target || (problem.kind !== 'absent' && problem.kind !== 'other libc')

function causeOfOne(attempt: Attempt, disabling: Disabling): Cause {
  const { target, problem } = attempt
  switch (problem.kind) {
    case 'version':
      return target ? { reason: 'wrong version', target, found: problem.found } : { reason: 'other', attempt }
    case 'disabled':
      return { reason: disabledBy(disabling) }
    case 'glibc':
      return { reason: 'old glibc', attempt, needed: problem.needed }
    case 'library':
      return { reason: 'missing library', attempt, needed: problem.needed }
    case 'processor':
      return { reason: 'old processor', lacking: [] }
    case 'file missing':
      return { reason: 'file missing', attempt }
    case 'broken':
      return { reason: 'broken file', attempt }
    case 'access':
      return { reason: 'access denied', attempt }
    case 'other libc':
      return { reason: 'other libc', attempt }
    case 'absent':
      return { reason: 'no such file', attempt }
    case 'name':
      return { reason: 'wrong name', attempt }
    case 'other':
      return { reason: 'other', attempt }
  }
}

/** Node gives the same error for both. */
const disabledBy = ({ switches, hasPermissionModel }: Disabling): 'permission' | 'no addons' =>
  hasPermissionModel && !switches.includes('--no-addons') ? 'permission' : 'no addons'
