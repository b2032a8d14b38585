import { join } from 'node:path'
import { randomOf, shuffled, type Context } from '../context.js'
import { History } from '../model/history.js'
import { forgetOne, inventOne } from '../model/lies.js'
import { LARGE, LARGE_COUNT, SMALL } from '../model/plan.js'
import { faultsOf } from '../process/check.js'
import type { Phase } from '../process/worker.js'
import type { Case, Fault, Outcome } from '../report/outcome.js'
import { Delays } from './delays.js'
import { kill } from './kill.js'
import { roundFor } from './rounds.js'

/** Kills in each folder, one in each phase. */
const KILLS = 6
const LATER: readonly Phase[] = ['opening', 'commit', 'prune', 'delete', 'close']

/** So many kills, in folders with one in each phase: of each folder, everything is checked after each kill. */
export function killCases(context: Context, kills: number): Case[] {
  const delays = new Delays()
  return Array.from({ length: Math.ceil(kills / KILLS) }, (_, index) => ({
    name: `kills ${index}`,
    alone: context.alone('kills', index),
    run: folder => killInFolder(context, index, folder, delays, Math.min(KILLS, kills - index * KILLS)),
  }))
}

async function killInFolder(
  context: Context,
  index: number,
  folder: string,
  delays: Delays,
  kills: number,
): Promise<Outcome[]> {
  const random = randomOf(context, 'kills', index)
  const durability = index % 2 === 0 ? 'commit' : 'relaxed'
  // In every fifth folder logs are switched, tables flushed, and logs used again.
  const large = index % 5 === 4
  // Without a sync, operations are over before the kill comes, unless they are many.
  const count = large ? LARGE_COUNT : durability === 'relaxed' ? 400 : 60
  const path = join(folder, 'db')
  const histories = random.below(2) === 0 ? [new History('x')] : [new History('x'), new History('y')]
  const outcomes: Outcome[] = []
  let first = 0
  const targets: Phase[] = ['creation', ...shuffled(random, LATER)]
  for (const target of targets.slice(0, kills)) {
    // A kill that came too late is checked like any other one, and tried again.
    for (let inTime = false, tries = 0; !inTime && tries < 8; tries++) {
      const size = large && target === 'commit' ? LARGE : SMALL
      const round = roundFor(target, random, histories, first, size, Math.ceil(count / histories.length))
      first += 10_000
      const form = random.of(['sync', 'promise'] as const)
      const killed = await kill(round, { path, durability, form }, histories, random, delays)
      if (context.lie === 'forget-ack') forgetOne(histories[0]!)
      if (context.lie === 'invent-ack') inventOne(histories[0]!)
      const faults = [...killed.complaints.map(told), ...(await faultsOf(path, durability, histories))]
      inTime = killed.inTime
      outcomes.push({ row: `${target}, ${durability}`, column: inTime ? 'in the phase' : 'right after it', faults })
      // What is known of the store does not hold any more.
      if (faults.length > 0) return outcomes
    }
  }
  return outcomes
}

const told = (details: string): Fault => ({ what: 'wrong answer', details })
