import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomOf, type Context } from '../context.js'
import { bytesOf } from '../model/bytes.js'
import { History } from '../model/history.js'
import { callOf } from '../model/op.js'
import { LARGE, plan, SMALL } from '../model/plan.js'
import { startProgram } from '../process/program.js'
import { revive, work, type Said, type Script } from '../process/worker.js'

interface Shape {
  name: string
  durability: Script['durability']
  /** How often it was opened, and closed again, but for the last time if it was killed. */
  openings: number
  killed: boolean
  large: boolean
}

/** The store of a shape, from which every damage takes its copy. */
export interface Store extends Shape {
  folder: string
  history: History
  /** So many operations came before the last closing: the rest may be lost with the last log, when nothing was synced. */
  closedAfter: number
  lastLog: string
}

export const SHAPES: readonly Shape[] = [
  { name: 'small, closed', durability: 'commit', openings: 1, killed: false, large: false },
  { name: 'small, killed', durability: 'commit', openings: 1, killed: true, large: false },
  { name: 'relaxed, killed', durability: 'relaxed', openings: 2, killed: true, large: false },
  { name: 'several openings, closed', durability: 'relaxed', openings: 4, killed: false, large: false },
  { name: 'several openings, killed', durability: 'commit', openings: 4, killed: true, large: false },
  { name: 'large, closed', durability: 'relaxed', openings: 2, killed: false, large: true },
  { name: 'large, killed', durability: 'commit', openings: 2, killed: true, large: true },
]

export async function makeStore(context: Context, shape: Shape): Promise<Store> {
  const random = randomOf(context, 'stores', SHAPES.indexOf(shape))
  const parent = join(context.folder, `store ${shape.name}`.replaceAll(/[ ,]+/g, '-'))
  mkdirSync(parent)
  const folder = join(parent, 'db')
  const history = new History('x')
  const each = shape.large ? 160 : 50
  history.begin(plan(random, 'x', history.base, 0, each * shape.openings, shape.large ? LARGE : SMALL))
  const phases: Script['phases'][number][] = []
  for (let opening = 0; opening < shape.openings; opening++) {
    const ops = history.ops.slice(opening * each, (opening + 1) * each)
    phases.push({ phase: opening === 0 ? 'creation' : 'opening', calls: [] })
    phases.push({ phase: 'commit', calls: [ops.map(callOf)] })
    phases.push({ phase: 'close', calls: [] })
  }
  if (shape.killed) phases.pop()
  const { durability, killed } = shape
  const end = killed ? ('kill' as const) : ('exit' as const)
  const scriptFile = join(parent, 'script.json')
  const script: Script = { path: folder, durability, locations: ['x'], form: 'sync', phases, end }
  writeFileSync(scriptFile, JSON.stringify(script))
  const ended = await startProgram(work, [bytesOf, revive], { scriptFile }).ended
  for (const line of ended.said as Said[]) if (line[0] === 'ack') history.acknowledge(line[2])
  if (history.answers.length < history.ops.length) throw new Error(`the store could not be made: ${ended.stderr}`)
  const closedAfter = killed ? history.ops.length - each : history.ops.length
  const lastLog =
    readdirSync(folder)
      .filter(name => name.endsWith('.log'))
      .toSorted()
      .at(-1) ?? ''
  return { ...shape, folder, history, closedAfter, lastLog }
}
