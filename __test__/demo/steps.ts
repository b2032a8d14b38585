// The code of the graph in graph.ts: a worker process loads it by its path.
import type { StepFunction } from '../../examples/graph.js'
import { block } from '../helpers/until.js'

export const steps: Record<string, StepFunction> = {
  numbers: () => [{ n: 1 }, { n: 2 }, { n: 3 }],
  times: (input, factor) => input('numbers').map(({ n }) => ({ n: Number(n) * Number(factor) })),
  total: input => [{ n: input('times').reduce((sum, { n }) => sum + Number(n), 0) }],
  broken() {
    throw new RangeError('no such number')
  },
  after_broken: input => input('broken'),
  deaf() {
    block(3_600_000)
    return []
  },
}
