import { check, type Specification, type Stuck } from './check.js'
import { objectOf, show, type AnyCall } from './history.js'
import { keyValue, run } from './objects.js'
import { pools, type ClockKind } from './pools.js'

const specificationOf = (object: string, clock: ClockKind): Specification<unknown> => {
  if (object === 'pools') return pools(clock)
  return object.startsWith('key ') ? keyValue : run
}

/** What cannot be explained of the history of some object; null if all of it can. */
export function unexplained(history: readonly AnyCall[], clock: ClockKind): string | null {
  const objects = new Map<string, AnyCall[]>()
  for (const call of history) objects.set(objectOf(call), [...(objects.get(objectOf(call)) ?? []), call])
  for (const [object, calls] of objects) {
    const stuck = check(calls, specificationOf(object, clock))
    if (stuck)
      return `${object}: no order of ${calls.length} calls explains what they were answered.\n${describe(stuck)}`
  }
  return null
}

const describe = ({ explained, state, unexplained }: Stuck<unknown>): string =>
  [
    `The longest that does explains ${explained.length}, and ends with`,
    ...explained.slice(-10).map(show),
    `Then the state is ${JSON.stringify(state)}, and none of these can be next:`,
    ...unexplained.map(show),
  ].join('\n  ')
