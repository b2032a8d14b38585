import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Random } from '../../helpers/random.js'
import { randomOf, type Context } from '../context.js'
import type { History } from '../model/history.js'
import { faultsOf } from '../process/check.js'
import type { Script } from '../process/worker.js'
import type { Case, Outcome } from '../report/outcome.js'
import { acknowledgeUntil, randomCut, randomFate } from './cut.js'
import { Disk } from './disk.js'
import { recordingFor } from './plan.js'
import { compileShim, record } from './record.js'
import type { Change } from './trace.js'

/** So often the same recording is cut; of few cuts, half are of a recording without syncs. */
const cutsOf = (count: number): number => Math.min(10, Math.ceil(count / 2))

interface Recorded {
  durability: Script['durability']
  histories: readonly History[]
  changes: readonly Change[]
}

/** So many losses of power, up to ten in each recording. There are none where a process cannot be recorded. */
export function powerCases(context: Context, count: number): Case[] {
  const shim = compileShim(context.folder)
  if (!shim) {
    console.log('No losses of power: these need Linux and a C compiler (cc).')
    return []
  }
  const recordings = new Map<number, Promise<Recorded>>()
  return Array.from({ length: count }, (_, index) => ({
    name: `power ${index}`,
    alone: context.alone('power', index),
    run: folder => {
      const number = Math.floor(index / cutsOf(count))
      const recorded = recordings.get(number) ?? newRecording(context, shim, number)
      recordings.set(number, recorded)
      return loseThePower(context, index, folder, recorded)
    },
  }))
}

async function newRecording(context: Context, shim: string, number: number): Promise<Recorded> {
  // Below 0: recordings have a randomness that no cut has.
  const random = randomOf(context, 'power', -1 - number)
  const durability = number % 2 === 0 ? 'commit' : 'relaxed'
  const { script, histories } = recordingFor(random, durability, number % 4 > 1)
  const folder = join(context.folder, `recording-${number}`)
  mkdirSync(folder)
  return { durability, histories, changes: await record(shim, folder, script) }
}

/** A deliberate mistake: a page that may be synced is lost. */
function dropPage(random: Random, folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder).filter(name => /\.(log|sst|blob)$|^MANIFEST/.test(name)) : []
  if (names.length === 0) return
  const path = join(folder, random.of(names.toSorted()))
  const content = readFileSync(path)
  const page = random.below(Math.ceil(content.length / 4096) || 1)
  writeFileSync(path, content.fill(0, page * 4096, Math.min((page + 1) * 4096, content.length)))
}

async function loseThePower(
  context: Context,
  index: number,
  folder: string,
  recorded: Promise<Recorded>,
): Promise<Outcome[]> {
  const { durability, histories: planned, changes } = await recorded
  const random = randomOf(context, 'power', index)
  const cut = randomCut(random, changes)
  const oneJournal = random.below(2) === 0
  const disk = new Disk({ oneJournal, folderSyncsCount: context.lie !== 'forget-folder-syncs' })
  for (const change of changes.slice(0, cut.count)) disk.apply(change)
  disk.writeTo(folder, randomFate(random))
  if (context.lie === 'drop-page') dropPage(random, join(folder, 'db'))

  const histories = planned.map(history => history.copy())
  acknowledgeUntil(cut, changes, histories, durability)
  // What was found once is there for good.
  const faults = await faultsOf(join(folder, 'db'), durability, histories, 2)
  const where = `${oneJournal ? 'one journal' : 'POSIX'}, recording of ${durability}, after change ${cut.count}`
  const shown = faults.map(({ what, details }) => ({ what, details: `${where}: ${details}` }))
  return [{ row: `${cut.phase}, ${durability}`, column: 'right', faults: shown }]
}
