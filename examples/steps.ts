// The code of the pipeline's assets: pure functions of their inputs. Nothing here knows of storage or of executors.
import { groupBy, readDataSet, round, sum } from './data.js'
import type { StepFunction } from './graph.js'

export const steps: Record<string, StepFunction> = {
  weather: () => readDataSet('seattle-weather.csv'),

  weather_year: (input, year) => input('weather').filter(day => String(day.date).startsWith(year)),

  rain_by_month(input) {
    const months = groupBy(input('weather_year'), day => String(day.date).slice(0, 7))
    return Array.from(months, ([month, days]) => ({ month, mm: round(sum(days, day => Number(day.precipitation))) }))
  },

  hottest_days: input =>
    input('weather_year')
      .toSorted((a, b) => Number(b.temp_max) - Number(a.temp_max))
      .slice(0, 10),

  flights: () => readDataSet('flights-20k.json'),

  airports: () => readDataSet('airports.csv'),

  flights_month(input, month) {
    const flights = input('flights').filter(flight => String(flight.date).startsWith(month.replace('-', '/')))
    return Array.from(
      groupBy(flights, flight => String(flight.origin)),
      ([airport, from]) => ({ month, airport, flights: from.length, delay: sum(from, flight => Number(flight.delay)) }),
    )
  },

  delay_by_airport(input) {
    const names = new Map(input('airports').map(airport => [airport.iata, String(airport.name)]))
    return Array.from(
      groupBy(input('flights_month'), row => String(row.airport)),
      ([airport, months]) => {
        const flights = sum(months, row => Number(row.flights))
        const minutes = round(sum(months, row => Number(row.delay)) / flights)
        return { airport: names.get(airport) ?? airport, flights, minutes }
      },
    )
      .filter(row => row.flights >= 100)
      .toSorted((a, b) => b.minutes - a.minutes)
  },

  countries: () => readDataSet('gapminder.json'),

  world_year(input, year) {
    const countries = input('countries').filter(country => String(country.year) === year)
    const people = sum(countries, country => Number(country.pop))
    const lifetimes = sum(countries, country => Number(country.pop) * Number(country.life_expect))
    return [{ year, people, life: round(lifetimes / people) }]
  },

  life_expectancy(input) {
    const world = input('world_year')
    return world.slice(1).map((row, i) => ({ ...row, gained: round(Number(row.life) - Number(world[i]!.life)) }))
  },

  report(input) {
    const wettest = input('rain_by_month').toSorted((a, b) => Number(b.mm) - Number(a.mm))[0]!
    const hottest = input('hottest_days')[0]!
    const latest = input('delay_by_airport')[0]!
    const gained = sum(input('life_expectancy'), row => Number(row.gained))
    return [
      { finding: `Seattle's wettest month was ${wettest.month}: ${wettest.mm} mm of rain` },
      { finding: `Its hottest day was ${hottest.date}: ${hottest.temp_max} degrees Celsius` },
      {
        finding: `The latest departures of 2001's first quarter: ${latest.airport}, ${latest.minutes} minutes on average`,
      },
      { finding: `Life expectancy in these countries rose by ${round(gained)} years from 1955 to 2005` },
    ]
  },
}
