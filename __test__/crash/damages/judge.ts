import { appendFileSync, copyFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lie } from '../context.js'
import type { History } from '../model/history.js'
import { faultsIn, faultsOf } from '../process/check.js'
import { inspect, type Found } from '../process/inspect.js'
import type { Failure } from '../process/reader.js'
import { some, type Fault } from '../report/outcome.js'
import type { Damage } from './damage.js'
import { changes, snapshot } from './snapshot.js'
import type { Store } from './stores.js'

export interface Judgement {
  column: string
  faults: Fault[]
}

const fault = (what: string, details: string): Fault => ({ what, details })

/** Opens a damaged copy of a store, and tells whether all is right, or what is not is told. */
export async function judge(path: string, store: Store, damage: Damage, lie: Lie | null): Promise<Judgement> {
  const before = snapshot(path)
  const history = knownOf(store, damage)
  const times = await inspect(path, store.durability, [history], 2)
  const [found, again] = (lie === 'hide-errors' ? times.map(time => hidden(time, history)) : times) as [Found, Found]
  if (lie === 'change-refused' && found.kind === 'refused') changeHarmlessly(path)
  if (found.kind === 'died') return { column: '', faults: [fault('crashed', found.how)] }
  if (again.kind === 'died') return { column: '', faults: [fault('crashed the second time', again.how)] }
  if (found.kind === 'refused') {
    const changed = changes(before, snapshot(path))
    const isLate = metInBackground(found.failure)
    const restored = await faultsAfterRestoring(path, store, damage.files, isLate ? history : store.history)
    const faults = [...restored, ...misnamed(found.failure, damage)]
    if (isLate) {
      const wrong = again.kind === 'opened' ? history.explain(again.answers.get(history)!) : []
      if (wrong.length > 0) faults.push(fault('silently wrong the second time', some(wrong)))
      return { column: 'refused after recovery', faults }
    }
    if (again.kind !== 'refused') faults.push(fault('opened the second time', found.failure.message))
    return { column: 'refused', faults: [...faults, ...faultsOfChanges(changed, found.failure)] }
  }
  const wrong = history.explain(found.answers.get(history)!)
  if (wrong.length > 0) return { column: '', faults: [fault('silently wrong', some(wrong))] }
  const told = [...found.failed, ...(found.closing ? [found.closing] : [])]
  // What could be opened can be opened again.
  if (told.length === 0) return { column: 'right', faults: faultsIn(again, [history]) }
  const faults = told.flatMap(failure => misnamed(failure, damage)).slice(0, 1)
  // What the opening was done with, such as a log, is not put back.
  const files = damage.files.filter(file => damage.what === 'remove' || existsSync(join(path, file)))
  return { column: 'told by reads', faults: [...(await faultsAfterRestoring(path, store, files, history)), ...faults] }
}

/** RocksDB compacts from the moment that it has recovered, and may read a damaged value before the opening is done. */
const metInBackground = ({ message }: Failure): boolean => message.includes('cannot commit')

const isDiary = (change: string): boolean => /^LOG[ .]/.test(change)

/** The engine's own diary, which nothing reads, is told apart. */
function faultsOfChanges(changed: readonly string[], { message }: Failure): Fault[] {
  const data = changed.filter(change => !isDiary(change))
  if (data.length > 0) return [fault('refused, and changed files', `${message}: ${some(data, 5)}`)]
  return changed.length > 0 ? [fault('refused, and wrote LOG', some(changed))] : []
}

/** Where writes are not synced, those since the last closing may go with the last log. */
function knownOf({ history, durability, killed, closedAfter, lastLog }: Store, { files }: Damage): History {
  const known = history.copy()
  if (durability === 'relaxed' && killed && files.includes(lastLog)) known.firm = closedAfter
  return known
}

/** The message names a damaged file, or the row that cannot be read: its table and its key, as `kv:["a"]`. */
function misnamed({ code, message }: Failure, { files }: Damage): Fault[] {
  if (code !== 'ERR_CORRUPT' && code !== 'ERR_IO') return [fault('wrong code', `${code}: ${message}`)]
  const named = files.some(file => message.includes(file)) || /\b[a-z_]+:\[/.test(message)
  return named ? [] : [fault('file not named', `${code}: ${message}`)]
}

/** An opening that was done without a log has lost what `history` may lose. */
async function faultsAfterRestoring(
  path: string,
  store: Store,
  files: readonly string[],
  history: History,
): Promise<Fault[]> {
  for (const file of files) copyFileSync(join(store.folder, file), join(path, file))
  const faults = await faultsOf(path, store.durability, [history.copy()])
  return faults.map(({ what, details }) => fault('not right after restoring', `${what}: ${details}`))
}

/** A deliberate mistake: reads that fail seem to find nothing. */
function hidden(found: Found, history: History): Found {
  if (found.kind === 'died') return found
  const none = history.reads().map(() => ({ value: null }))
  const answers = found.kind === 'refused' ? none : found.answers.get(history)!
  const shown = answers.map(answer => ('code' in answer ? { value: null } : answer))
  return { kind: 'opened', answers: new Map([[history, shown]]), failed: [], closing: null }
}

/** A deliberate mistake, of which nothing else is wrong: the engine does not read these. */
function changeHarmlessly(path: string): void {
  for (const name of readdirSync(path).filter(name => name.startsWith('OPTIONS'))) appendFileSync(join(path, name), '#')
}
