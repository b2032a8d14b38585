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
const COLOURS = ['#0b57d0', '#c2410c', '#b45309', '#15803d', '#7e22ce', '#525252']
const SYMBOLS = ['circle', 'triangle', 'diamond', 'rect', 'roundRect', 'pin']

/** The same name has the same colour and mark in every chart. */
export function svgOf(echarts: Echarts, chart: Chart, names: readonly string[]): string {
  const width = WIDTH * chart.panels.length
  const drawing = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height: HEIGHT })
  drawing.setOption(option(chart, names))
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return `${svg}\n`
}

const axis = { type: 'log', minorTick: { show: false }, splitLine: { lineStyle: { color: '#e5e7eb' } } }

const option = ({ title, xLabel, yLabel, panels }: Chart, names: readonly string[]): object => ({
  animation: false,
  backgroundColor: '#ffffff',
  title: [
    { text: title, left: 'center', top: 8, textStyle: { fontSize: 16 } },
    ...panels.map((panel, i) => ({
      text: panel.title,
      left: WIDTH * (i + 0.5),
      top: 52,
      textAlign: 'center',
      textStyle: { fontSize: 13, fontWeight: 'normal' },
    })),
  ],
  legend: { bottom: 8, data: [...new Set(panels.flatMap(panel => panel.series.map(({ name }) => name)))] },
  grid: panels.map((_, i) => ({
    left: WIDTH * i + MARGIN.left,
    width: WIDTH - MARGIN.left - MARGIN.right,
    top: MARGIN.top,
    bottom: MARGIN.bottom,
  })),
  xAxis: panels.map((_, gridIndex) => ({
    ...axis,
    gridIndex,
    name: xLabel,
    nameLocation: 'middle',
    nameGap: 26,
    axisLabel: { formatter: short },
  })),
  yAxis: panels.map((_, gridIndex) => ({
    ...axis,
    gridIndex,
    ...(gridIndex === 0 && { name: yLabel, nameLocation: 'middle', nameGap: 44 }),
    axisLabel: { formatter: short },
  })),
  series: panels.flatMap(({ series }, i) =>
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
