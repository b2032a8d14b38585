import { digits, markdownTable, microseconds, perSecond, times } from '../reporting/format.js'
import { median, type Figures, type Median, type Round } from './figures.js'
import type { Verdict, Wanted } from './wanted.js'

export const loadTable = (measured: readonly Figures[]): string =>
  markdownTable(
    ['load', 'calls a second', 'p50', 'p99', 'p99.9', 'errors'],
    measured.map(({ entry, rounds, errors }) => [
      entry.name,
      shown(median(rounds.map(round => round.perSecond)), perSecond),
      timeOf(rounds, 'p50'),
      timeOf(rounds, 'p99'),
      timeOf(rounds, 'p999'),
      String(errors),
    ]),
  )

const timeOf = (rounds: readonly Round[], figure: keyof Round): string =>
  shown(median(rounds.map(round => round[figure])), microseconds)

export const wantedTable = (verdicts: readonly Verdict[]): string =>
  markdownTable(
    ['ratio', 'measured', 'wanted', ''],
    verdicts.map(({ wanted, ratio, isReached }) => [
      wanted.name,
      shown(ratio, times),
      limitOf(wanted),
      isReached ? 'reached' : 'NOT reached',
    ]),
  )

function limitOf({ atLeast, atMost, aim }: Wanted): string {
  const limit = atLeast === undefined ? `at most ${digits(atMost!)}` : `at least ${digits(atLeast)}`
  return aim === undefined ? limit : `${limit}, aim ${digits(aim)}`
}

const shown = (figure: Median | null, format: (value: number) => string): string =>
  figure ? `${format(figure.value)} (${format(figure.min)} to ${format(figure.max)})` : '-'

export const errorLines = (measured: readonly Figures[]): string[] =>
  measured.flatMap(({ entry, error }) => (error === undefined ? [] : [`- ${entry.id}: ${error}`]))
