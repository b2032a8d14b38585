// Steps that do little but want the same: two pools, and many at once.
import type { Asset, Graph, StepFunction } from './graph.js'

const asset = (key: string, steps: number, pool: Asset['pool']): Asset => ({
  key,
  group: 'contended',
  kinds: [],
  tags: [],
  pool,
  inputs: [],
  partitions: Array.from({ length: steps }, (_, i) => String(i)),
})

const echo: StepFunction = (_, partition) => [{ partition }]

export const steps: Record<string, StepFunction> = { queries: echo, requests: echo, copies: echo }

/** Half of the steps want `db`, three in ten `api`, the rest both: the pools are sized so that both have as much to do. */
export function contended(steps: number): Graph {
  const db = Math.round(steps * 0.5)
  const api = Math.round(steps * 0.3)
  return {
    assets: [
      asset('queries', db, [['db', 1]]),
      asset('requests', api, [['api', 1]]),
      asset('copies', steps - db - api, [
        ['db', 1],
        ['api', 1],
      ]),
    ].filter(({ partitions }) => partitions!.length > 0),
    code: __filename,
    pools: { db: 7, api: 5 },
    workers: steps,
    pace: 10,
  }
}
