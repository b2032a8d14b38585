import { Failure, Refusal } from '../translating/errors.js'
import { isPlaceholder, type World } from '../replaying/world.js'

export interface Difference {
  /** '' is the whole result, '[2].run_id' a field of its third row. */
  readonly path: string
  readonly expected: unknown
  readonly ours: unknown
}

/** Says of ours whether it is right, where that is not one value. */
export type Matcher = (ours: unknown) => boolean

/**
 * Where ours is not what is expected. Of records, the fields expected are compared and no others; of lists every row. What
 * a placeholder stands for is settled by the first value that it meets.
 */
export function compare(expected: unknown, ours: unknown, world: World, path = ''): Difference[] {
  const differs = [{ path, expected, ours }]
  if (expected === undefined) return ours instanceof Failure ? differs : []
  if (typeof expected === 'function') return !(ours instanceof Failure) && (expected as Matcher)(ours) ? [] : differs
  // Times of leases are compared by what lies between them, which was recorded, too.
  if (/\.(claimed_at|lease_expires_at)$/.test(path)) return Number.isSafeInteger(ours) ? [] : differs
  if (isPlaceholder(expected)) return world.bind(expected, ours) ? [] : differs
  const choices = (expected as { $one_of?: unknown[] } | null)?.$one_of
  if (choices) return choices.some(choice => compare(choice, ours, world, path).length === 0) ? [] : differs
  if (expected instanceof Refusal) return ours instanceof Failure && ours.fits(expected) ? [] : differs
  if (ours instanceof Failure) return differs
  if (Buffer.isBuffer(expected)) return Buffer.isBuffer(ours) && expected.equals(ours) ? [] : differs
  if (/\.lease_\w+_secs_\w+$/.test(path)) return isAbout(Number(expected), Number(ours), path, world) ? [] : differs
  if (typeof expected === 'string') return world.fill(expected) === ours ? [] : differs
  if (typeof expected !== 'object' || expected === null) return Object.is(expected, ours) ? [] : differs
  if (typeof ours !== 'object' || ours === null || Buffer.isBuffer(ours)) return differs
  if (Array.isArray(expected)) return Array.isArray(ours) ? compareLists(expected, ours, world, path) : differs
  return Object.entries(expected).flatMap(([name, field]) =>
    compare(field, (ours as Record<string, unknown>)[name], world, path ? `${path}.${name}` : name),
  )
}

/**
 * What is left of a lease may be recorded a second short, because the calls of the reference took time, too. Where ours take
 * time, so much less may be left, and a renewal so much later.
 */
function isAbout(expected: number, ours: number, path: string, { lag }: World): boolean {
  const late = Math.ceil(lag() / 1000)
  const isLeft = path.endsWith('.lease_remaining_secs_ceil')
  return isLeft ? ours >= expected - late && ours <= expected + 1 : ours >= expected && ours <= expected + late
}

function compareLists(expected: unknown[], ours: unknown[], world: World, path: string): Difference[] {
  const length = Math.max(expected.length, ours.length)
  return Array.from({ length }, (_, at) => {
    const here = `${path}[${at}]`
    // A row that is there for one of them only: undefined is not expected of anything.
    if (at >= expected.length) return [{ path: here, expected: undefined, ours: ours[at] }]
    return compare(expected[at], ours[at], world, here)
  }).flat()
}
