export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}
/** One of several charts side by side, which share their legend. */
export interface Panel {
  readonly title: string
  readonly series: readonly Series[]
}
export interface Chart {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly panels: readonly Panel[]
}

/** What is used of echarts. */
export interface Echarts {
  init(
    dom: null,
    theme: null,
    options: { renderer: 'svg'; ssr: true; width: number; height: number },
  ): { setOption(option: object): void; renderToSVGString(): string; dispose(): void }
}

const WIDTH = 360
const HEIGHT = 400
const MARGIN = { left: 64, right: 16, top: 84, bottom: 88 }
const COLOURS = ['#0b57d0', '#c2410c', '#0e7490', '#15803d', '#7e22ce', '#525252']
const SYMBOLS = ['circle', 'triangle', 'diamond', 'rect', 'roundRect', 'emptyCircle']

/** The same name has the same colour and mark in every chart. */
export function svgOf(echarts: Echarts, chart: Chart, names: readonly string[]): string {
  const width = WIDTH * chart.panels.length
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height: HEIGHT })
  drawing.setOption(option(chart, names))
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return `${svg}\n`
}

/** The powers of ten around all points, so that panels can be compared. */
function range({ panels }: Chart, coordinate: 0 | 1): { min: number; max: number } {
  const values = panels.flatMap(({ series }) => series.flatMap(({ points }) => points.map(point => point[coordinate])))
  return {
    min: 10 ** Math.floor(Math.log10(Math.min(...values))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...values))),
  }
}

const axis = { type: 'log', minorTick: { show: false }, splitLine: { lineStyle: { color: '#e5e7eb' } } }

const option = (chart: Chart, names: readonly string[]): object => ({
  animation: false,
  backgroundColor: '#ffffff',
  title: [
    { text: chart.title, left: 'center', top: 8, textStyle: { fontSize: 16 } },
    ...chart.panels.map((panel, i) => ({
      text: panel.title,
      left: WIDTH * (i + 0.5),
      top: 52,
      textAlign: 'center',
      textStyle: { fontSize: 13, fontWeight: 'normal' },
    })),
  ],
  legend: {
    bottom: 8,
    itemGap: 28,
    data: [...new Set(chart.panels.flatMap(panel => panel.series.map(({ name }) => name)))],
  },
  grid: chart.panels.map((_, i) => ({
    left: WIDTH * i + MARGIN.left,
    width: WIDTH - MARGIN.left - MARGIN.right,
    top: MARGIN.top,
    bottom: MARGIN.bottom,
  })),
  xAxis: chart.panels.map((_, gridIndex) => ({
    ...axis,
    ...range(chart, 0),
    gridIndex,
    name: chart.xLabel,
    nameLocation: 'middle',
    nameGap: 26,
    axisLabel: { formatter: short },
  })),
  yAxis: chart.panels.map((_, gridIndex) => ({
    ...axis,
    ...range(chart, 1),
    gridIndex,
    ...(gridIndex === 0 && { name: chart.yLabel, nameLocation: 'middle', nameGap: 44 }),
    axisLabel: { formatter: short },
  })),
  series: chart.panels.flatMap(({ series }, i) =>
    series.map(({ name, points }) => ({
      type: 'line',
      name,
      data: points,
      xAxisIndex: i,
      yAxisIndex: i,
      symbol: SYMBOLS[names.indexOf(name) % SYMBOLS.length],
      symbolSize: 8,
      itemStyle: { color: COLOURS[names.indexOf(name) % COLOURS.length] },
    })),
  ),
})

/** 1200 as 1.2k. */
function short(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000}M`
  return value >= 1000 ? `${value / 1000}k` : String(value)
}
