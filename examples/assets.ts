// The graph: what there is to make, from what, and how. Nothing here knows of storage.
import { groupBy, readDataSet, round, sum, type Row } from './data.js'

export interface Asset {
  key: string
  group: string
  kinds: string[]
  tags: string[]
  /** What a step claims while it works: [pool, slots]. */
  pool: [pool: string, slots: number][]
  /** Keys of the assets it is made from. */
  inputs: string[]
  /** Each is a step of its own. Null: the asset is made whole. */
  partitions: string[] | null
  /** `input` gives all rows of an input, of every partition. */
  make(input: (key: string) => Promise<Row[]>, partition: string): Promise<Row[]>
}

/** What an executor is given to bring up to date. */
export interface Graph {
  assets: Asset[]
  /** Slots of each pool. */
  pools: Record<string, number>
  /** Steps under way at once, those included that wait for a slot. */
  workers: number
}

const years = (first: number, last: number, step = 1): string[] =>
  Array.from({ length: (last - first) / step + 1 }, (_, i) => String(first + i * step))

const dataSet = (key: string, group: string, file: string): Asset => ({
  key,
  group,
  kinds: [file.endsWith('.csv') ? 'csv' : 'json'],
  tags: ['source'],
  pool: [['disk', 1]],
  inputs: [],
  partitions: null,
  make: () => readDataSet(file),
})

const computed = (asset: Pick<Asset, 'key' | 'group' | 'inputs' | 'make'> & Partial<Asset>): Asset => ({
  kinds: ['table'],
  tags: [],
  pool: [['cpu', 1]],
  partitions: null,
  ...asset,
})

export const assets: Asset[] = [
  dataSet('weather', 'weather', 'seattle-weather.csv'),
  computed({
    key: 'weather_year',
    group: 'weather',
    inputs: ['weather'],
    partitions: years(2012, 2015),
    async make(input, year) {
      return (await input('weather')).filter(day => String(day.date).startsWith(year))
    },
  }),
  computed({
    key: 'rain_by_month',
    group: 'weather',
    inputs: ['weather_year'],
    async make(input) {
      const months = groupBy(await input('weather_year'), day => String(day.date).slice(0, 7))
      return Array.from(months, ([month, days]) => ({ month, mm: round(sum(days, day => Number(day.precipitation))) }))
    },
  }),
  computed({
    key: 'hottest_days',
    group: 'weather',
    tags: ['ranking'],
    inputs: ['weather_year'],
    async make(input) {
      const days = await input('weather_year')
      return days.toSorted((a, b) => Number(b.temp_max) - Number(a.temp_max)).slice(0, 10)
    },
  }),

  dataSet('flights', 'flights', 'flights-20k.json'),
  dataSet('airports', 'flights', 'airports.csv'),
  computed({
    key: 'flights_month',
    group: 'flights',
    tags: ['heavy'],
    pool: [['cpu', 2]],
    inputs: ['flights'],
    partitions: ['2001-01', '2001-02', '2001-03'],
    async make(input, month) {
      const flights = (await input('flights')).filter(flight => String(flight.date).startsWith(month.replace('-', '/')))
      return Array.from(
        groupBy(flights, flight => String(flight.origin)),
        ([airport, from]) => ({
          month,
          airport,
          flights: from.length,
          delay: sum(from, flight => Number(flight.delay)),
        }),
      )
    },
  }),
  computed({
    key: 'delay_by_airport',
    group: 'flights',
    tags: ['ranking'],
    inputs: ['flights_month', 'airports'],
    async make(input) {
      const names = new Map((await input('airports')).map(airport => [airport.iata, String(airport.name)]))
      return Array.from(
        groupBy(await input('flights_month'), row => String(row.airport)),
        ([airport, months]) => {
          const flights = sum(months, row => Number(row.flights))
          const minutes = round(sum(months, row => Number(row.delay)) / flights)
          return { airport: names.get(airport) ?? airport, flights, minutes }
        },
      )
        .filter(row => row.flights >= 100)
        .toSorted((a, b) => b.minutes - a.minutes)
    },
  }),

  dataSet('countries', 'world', 'gapminder.json'),
  computed({
    key: 'world_year',
    group: 'world',
    inputs: ['countries'],
    partitions: years(1955, 2005, 5),
    async make(input, year) {
      const countries = (await input('countries')).filter(country => String(country.year) === year)
      const people = sum(countries, country => Number(country.pop))
      const lifetimes = sum(countries, country => Number(country.pop) * Number(country.life_expect))
      return [{ year, people, life: round(lifetimes / people) }]
    },
  }),
  computed({
    key: 'life_expectancy',
    group: 'world',
    inputs: ['world_year'],
    async make(input) {
      const world = await input('world_year')
      return world.slice(1).map((row, i) => ({ ...row, gained: round(Number(row.life) - Number(world[i]!.life)) }))
    },
  }),

  computed({
    key: 'report',
    group: 'report',
    kinds: ['report'],
    pool: [
      ['disk', 1],
      ['cpu', 1],
    ],
    inputs: ['rain_by_month', 'hottest_days', 'delay_by_airport', 'life_expectancy'],
    async make(input) {
      const wettest = (await input('rain_by_month')).toSorted((a, b) => Number(b.mm) - Number(a.mm))[0]!
      const hottest = (await input('hottest_days'))[0]!
      const latest = (await input('delay_by_airport'))[0]!
      const gained = sum(await input('life_expectancy'), row => Number(row.gained))
      return [
        { finding: `Seattle's wettest month was ${wettest.month}: ${wettest.mm} mm of rain` },
        { finding: `Its hottest day was ${hottest.date}: ${hottest.temp_max} degrees Celsius` },
        {
          finding: `The latest departures of 2001's first quarter: ${latest.airport}, ${latest.minutes} minutes on average`,
        },
        { finding: `Life expectancy in these countries rose by ${round(gained)} years from 1955 to 2005` },
      ]
    },
  }),
]

/** A step that reads a file takes the one disk; one that computes takes one or both of two processors. */
export const pipeline: Graph = { assets, pools: { disk: 1, cpu: 2 }, workers: 4 }
