import type { Call } from '../model/op.js'
import type { Bytes, bytesOf as BytesOf } from '../model/bytes.js'

export type Phase = 'creation' | 'opening' | 'commit' | 'prune' | 'delete' | 'close'

/** What a worker does: phases one after another, in each of them the calls of every writer. */
export interface Script {
  path: string
  durability: 'commit' | 'relaxed'
  /** A code location for each writer. */
  locations: readonly string[]
  form: 'sync' | 'promise'
  phases: readonly { phase: Phase; calls: readonly (readonly Call[])[] }[]
  /** How it ends after the last phase: waits to be killed, kills itself, or exits. */
  end: 'wait' | 'kill' | 'exit'
}

/** What a worker says: a phase begins; a writer's next call was answered; the phase is over, after so many milliseconds. */
export type Said = ['phase', Phase] | ['ack', number, unknown] | ['over', Phase, number]

declare const bytesOf: typeof BytesOf

/** Bytes are told by what they are made from. */
export function revive(arg: unknown): unknown {
  const bytes = (arg as { bytes?: Bytes } | null)?.bytes
  return bytes ? bytesOf(bytes) : arg
}

/** Copied into the child as source text, after `bytesOf` and `revive`. */
export async function work(
  { Storage }: typeof import('rivers-storage'),
  { scriptFile }: { scriptFile: string },
  say: (line: unknown) => void,
): Promise<void> {
  const { readFileSync } = require('node:fs') as typeof import('node:fs')
  const script = JSON.parse(readFileSync(scriptFile, 'utf8')) as Script
  const { path, durability, locations, form, end } = script
  type Methods = Record<string, (...args: unknown[]) => unknown>
  const storages: import('rivers-storage').Storage[] = []

  const open = async (): Promise<void> => {
    for (const codeLocation of locations) {
      const options = { durability, codeLocation }
      storages.push(form === 'sync' ? Storage.embeddedSync(path, options) : await Storage.embedded(path, options))
    }
  }
  const close = async (): Promise<void> => {
    for (const storage of storages.splice(0)) {
      if (form === 'sync') storage.closeSync()
      else await storage.close()
    }
  }
  const run = async (writer: number, calls: readonly Call[]): Promise<void> => {
    const methods = storages[writer] as unknown as Methods
    for (const { method, args } of calls) {
      const given = args.map(revive)
      const answer = form === 'sync' ? methods[`${method}Sync`]!(...given) : await methods[method]!(...given)
      say(['ack', writer, answer])
    }
  }

  for (const { phase, calls } of script.phases) {
    say(['phase', phase])
    const start = performance.now()
    if (phase === 'creation' || phase === 'opening') await open()
    else if (phase === 'close') await close()
    else await Promise.all(calls.map((ofWriter, writer) => run(writer, ofWriter)))
    say(['over', phase, performance.now() - start])
  }
  if (end === 'kill') process.kill(process.pid, 'SIGKILL')
  if (end === 'exit') process.exit(0)
  // Nothing else keeps the process alive.
  setInterval(() => {}, 1 << 30)
}
