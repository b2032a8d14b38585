// The pipeline of the demo: what its assets are made from. How each is made stands in steps.ts.
import { join } from 'node:path'
import type { Asset, Graph } from './graph.js'

const years = (first: number, last: number, step = 1): string[] =>
  Array.from({ length: (last - first) / step + 1 }, (_, i) => String(first + i * step))

const source = (key: string, group: string, kind: string): Asset => ({
  key,
  group,
  kinds: [kind],
  tags: ['source'],
  pool: [['disk', 1]],
  inputs: [],
  partitions: null,
})

const computed = (asset: Pick<Asset, 'key' | 'group' | 'inputs'> & Partial<Asset>): Asset => ({
  kinds: ['table'],
  tags: [],
  pool: [['cpu', 1]],
  partitions: null,
  ...asset,
})

export const assets: Asset[] = [
  source('weather', 'weather', 'csv'),
  computed({ key: 'weather_year', group: 'weather', inputs: ['weather'], partitions: years(2012, 2015) }),
  computed({ key: 'rain_by_month', group: 'weather', inputs: ['weather_year'] }),
  computed({ key: 'hottest_days', group: 'weather', tags: ['ranking'], inputs: ['weather_year'] }),

  source('flights', 'flights', 'json'),
  source('airports', 'flights', 'csv'),
  computed({
    key: 'flights_month',
    group: 'flights',
    tags: ['heavy'],
    pool: [['cpu', 2]],
    inputs: ['flights'],
    partitions: ['2001-01', '2001-02', '2001-03'],
  }),
  computed({ key: 'delay_by_airport', group: 'flights', tags: ['ranking'], inputs: ['flights_month', 'airports'] }),

  source('countries', 'world', 'json'),
  computed({ key: 'world_year', group: 'world', inputs: ['countries'], partitions: years(1955, 2005, 5) }),
  computed({ key: 'life_expectancy', group: 'world', inputs: ['world_year'] }),

  computed({
    key: 'report',
    group: 'report',
    kinds: ['report'],
    pool: [
      ['disk', 1],
      ['cpu', 1],
    ],
    inputs: ['rain_by_month', 'hottest_days', 'delay_by_airport', 'life_expectancy'],
  }),
]

/** A step that reads a file takes the one disk; one that computes takes one or both of two processors. */
export const pipeline: Graph = {
  assets,
  code: join(__dirname, 'steps.ts'),
  pools: { disk: 1, cpu: 2 },
  workers: 4,
  pace: 0,
}
