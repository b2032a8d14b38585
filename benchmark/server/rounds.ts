import { firstLine } from '../reporting/format.js'
import { roundOf, roundOfReference, type Figures, type Round } from './figures.js'
import type { Fleet } from './fleet.js'
import type { Pace } from './load.js'
import { runReference } from './reference.js'
import type { Entry } from './rows.js'

const ROUNDS = 3

/** The entries of a row in turns, a slice each, so that what disturbs the machine disturbs all of them. */
export async function measureRow(
  row: readonly Entry[],
  endpoint: string,
  fleet: Fleet,
  pace: Pace,
): Promise<Figures[]> {
  const figures = row.map((entry): Figures => ({ entry, rounds: [], errors: 0 }))
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of figures) {
      await measureSlice(one, `${one.entry.id}-${round}`, endpoint, fleet, stretched(pace, one.entry.stretch))
    }
  }
  return figures
}

const stretched = ({ warmUpMs, sliceMs }: Pace, by = 1): Pace => ({ warmUpMs: warmUpMs * by, sliceMs: sliceMs * by })

async function measureSlice(
  figures: Figures,
  database: string,
  endpoint: string,
  fleet: Fleet,
  pace: Pace,
): Promise<void> {
  const { entry } = figures
  const { load, crowd } = entry
  const take = (slices: readonly { errors: number; error?: string | null }[], round: Round): void => {
    figures.rounds.push(round)
    for (const { errors, error } of slices) count(figures, errors, error)
  }
  try {
    if (entry.by === 'reference') {
      const slice = await runReference(endpoint, database, crowd.callers, load, pace)
      take([slice], roundOfReference(slice, pace))
    } else {
      const slices = await fleet.run(database, crowd, load, pace)
      take(slices, roundOf(entry, slices, pace))
    }
  } catch (error) {
    count(figures, 1, firstLine(error))
  }
}

function count(figures: Figures, errors: number, error?: string | null): void {
  figures.errors += errors
  figures.error ??= error ?? undefined
}
