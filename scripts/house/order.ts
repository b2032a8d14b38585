// Puts names in the order that the fewest arrows oppose.
import { components, graphOf } from './circles.js'

interface Arrow {
  from: string
  to: string
}

/** The lowest first: as few arrows as possible lead from a name to a later one. */
export function bestOrder(names: string[], arrows: Arrow[]): string[] {
  const graph = graphOf(arrows.filter(({ from, to }) => names.includes(from) && names.includes(to)))
  return components(names, graph).flatMap(circle => orderCircle(circle, arrows))
}

/**
 * Tries all orders, by dynamic programming over the sets that can be lowest. That is exponential, but in the size of the
 * largest circle only.
 */
function orderCircle(names: string[], arrows: Arrow[]): string[] {
  const bit = new Map(names.map((name, at) => [name, 1 << at]))
  const importers = names.map(name =>
    arrows.filter(({ to }) => to === name).reduce((set, { from }) => set | (bit.get(from) ?? 0), 0),
  )
  const sets = 1 << names.length
  const cost = new Int32Array(sets).fill(names.length ** 2)
  const last = new Int8Array(sets)
  cost[0] = 0
  for (let lowest = 0; lowest < sets; lowest++) {
    for (const [at, from] of importers.entries()) {
      if (lowest & (1 << at)) continue
      const next = lowest | (1 << at)
      const total = cost[lowest]! + size(from & lowest)
      if (total < cost[next]!) {
        cost[next] = total
        last[next] = at
      }
    }
  }
  const order: string[] = []
  for (let set = sets - 1; set > 0; set &= ~(1 << last[set]!)) order.unshift(names[last[set]!]!)
  return order
}

function size(set: number): number {
  let count = 0
  for (let rest = set; rest !== 0; rest &= rest - 1) count++
  return count
}
