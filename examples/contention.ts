// Steps that do little but want the same: two pools, and many at once.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Asset, Graph } from './assets.js'

const WORK_MS = 10

const asset = (key: string, steps: number, pool: Asset['pool']): Asset => ({
  key,
  group: 'contended',
  kinds: [],
  tags: [],
  pool,
  inputs: [],
  partitions: Array.from({ length: steps }, (_, i) => String(i)),
  async make(_, partition) {
    await sleep(WORK_MS)
    return [{ partition }]
  },
})

const one = (pool: string): [string, number] => [pool, 1]

/** Half of the steps want `db`, three in ten `api`, the rest both: the pools are sized so that both have as much to do. */
export function contended(steps: number): Graph {
  const db = Math.round(steps * 0.5)
  const api = Math.round(steps * 0.3)
  return {
    assets: [
      asset('queries', db, [one('db')]),
      asset('requests', api, [one('api')]),
      asset('copies', steps - db - api, [one('db'), one('api')]),
    ].filter(({ partitions }) => partitions!.length > 0),
    pools: { db: 7, api: 5 },
    workers: steps,
  }
}
