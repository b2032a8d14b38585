import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Figures } from './figures.js'
import { report } from './print.js'
import { areOfOneKind, ratiosOf, type Ratios } from './ratios.js'

const results = join(__dirname, '..', 'results')
const ratiosFile = join(__dirname, '..', 'ratios.json')
const docs = join(__dirname, '..', '..', 'docs')
const page = join(docs, 'performance.md')
const MARK = '<!-- Generated from here on by `npm run bench -- --record`. -->'

/** Every run is kept, outside of git. */
export function keepResults(figures: Figures): void {
  mkdirSync(results, { recursive: true })
  write(join(results, `${figures.when.replace(/[:.]/g, '-')}.json`), json(figures))
}

export const readRatios = (): readonly Ratios[] =>
  existsSync(ratiosFile) ? (JSON.parse(readFileSync(ratiosFile, 'utf8')) as Ratios[]) : []

export function writePlots(plots: ReadonlyMap<string, string>, folder = join(results, 'plots')): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, svg] of plots) write(join(folder, `${name}.svg`), svg)
}

/** What is committed of a run: its ratios; of a full one also its plots, and the lower part of the page that shows them. */
export function record(figures: Figures, plots: ReadonlyMap<string, string>): void {
  const ratios = ratiosOf(figures)
  write(ratiosFile, json([...readRatios().filter(other => !areOfOneKind(other, ratios)), ratios]))
  if (figures.pace !== 'full') return
  writePlots(plots, join(docs, 'plots'))
  const pictures = [...plots.keys()].map(name => `![${name.replaceAll('-', ' ')}](plots/${name}.svg)`)
  const byHand = readFileSync(page, 'utf8').split(MARK)[0]!
  write(page, `${byHand}${[MARK, report(figures), '## Plots', ...pictures].join('\n\n')}\n`)
}

function write(file: string, text: string): void {
  writeFileSync(file, text)
  console.error(`Written: ${relative(process.cwd(), file)}`)
}
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
