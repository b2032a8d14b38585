import { load } from '../packages/load.mjs'
import { firstLine } from '../reporting/format.js'
import type { Figures } from '../reporting/figures.js'
import { svgOf, type Echarts } from './chart.js'
import { chartsOf, namesOf } from './charts.js'

/** SVG by the name of its file; none where the library that draws is not installed. */
export async function drawPlots(figures: Figures): Promise<ReadonlyMap<string, string>> {
  const charts = [...chartsOf(figures)].filter(([, { panels }]) => panels.length > 0)
  if (charts.length === 0) return new Map()
  try {
    const echarts = await load<Echarts>('echarts')
    return new Map(charts.map(([name, chart]) => [name, svgOf(echarts, chart, namesOf(figures))]))
  } catch (error) {
    console.error(`No plots: ${firstLine(error)}`)
    return new Map()
  }
}
