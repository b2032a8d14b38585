import { appendFileSync, copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lie } from '../context.js'
import type { History } from '../model/history.js'
import { faultsOf } from '../process/check.js'
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
  const { durability } = store
  const before = snapshot(path)
  const history = knownOf(store, damage)
  let found = await inspect(path, durability, [history])
  if (lie === 'hide-errors') found = hidden(found, history)
  if (found.kind === 'died') return { column: '', faults: [fault('crashed', found.how)] }
  if (found.kind === 'refused') {
    if (lie === 'change-refused') changeHarmlessly(path)
    const changed = changes(before, snapshot(path))
    const changedData = changed.filter(change => !isDiary(change))
    const faults = [
      ...(found.again ? [] : [fault('opened the second time', found.failure.message)]),
      ...(await faultsAfterRestoring(path, store, damage)),
      ...(changedData.length > 0 ? [fault('refused, and changed files', some(changedData, 5))] : []),
      ...misnamed(found.failure, damage),
      ...(changed.length > changedData.length
        ? [fault('refused, and wrote LOG', some(changed.filter(isDiary), 5))]
        : []),
    ]
    return { column: 'refused', faults }
  }

  const explained = history.copy()
  const wrong = explained.explain(found.answers.get(history)!)
  const told = [...found.failed, ...(found.closing ? [found.closing] : [])]
  const faults = [
    ...(wrong.length > 0 ? [fault('silently wrong', some(wrong))] : []),
    ...told.flatMap(failure => misnamed(failure, damage)).slice(0, 1),
  ]
  if (faults.length > 0) return { column: '', faults }
  // What could be opened can be opened again.
  if (told.length === 0) return { column: 'right', faults: await faultsOf(path, durability, [explained]) }
  return { column: 'told by reads', faults: await faultsAfterRestoring(path, store, damage) }
}

/** Of the engine's own diary, which nothing reads. */
const isDiary = (change: string): boolean => /^LOG[ .]/.test(change)

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

async function faultsAfterRestoring(path: string, store: Store, { files }: Damage): Promise<Fault[]> {
  for (const file of files) copyFileSync(join(store.folder, file), join(path, file))
  const history = store.history.copy()
  const found = await inspect(path, store.durability, [history])
  const what = 'not right after restoring'
  if (found.kind === 'died') return [fault(what, found.how)]
  if (found.kind === 'refused') return [fault(what, found.failure.message)]
  const wrong = [...found.failed.map(failure => failure.message), ...history.explain(found.answers.get(history)!)]
  return wrong.length > 0 ? [fault(what, some(wrong))] : []
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
