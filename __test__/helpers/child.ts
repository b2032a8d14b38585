import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type Rivers = typeof import('rivers-storage')
/** Written at once and unbuffered, so that what was said is out even if the process is killed right after. */
export type Say = (line: unknown) => void
/** Runs in the other process: it sees its arguments, `require` and globals, nothing of the file it stands in. */
export type ChildWork<A> = (rivers: Rivers, argument: A, say: Say) => unknown

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  said: unknown[]
  stderr: string
}
export interface Child {
  /** Everything said so far. */
  readonly said: unknown[]
  /** Resolves with the first thing said that fits; rejects when the child ends without. */
  heard(fits: (line: unknown, index: number) => boolean): Promise<unknown>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** A child that hangs is killed and seen as ended by SIGKILL, long before ava's own timeout. */
const HANG_MS = 60_000

/** Starts a Node process, without any loader, that runs `work` with 'rivers-storage' and a JSON argument. */
export function startChild<A>(work: ChildWork<A>, argument: A, env: NodeJS.ProcessEnv = {}): Child {
  // The runner of the tests names inner functions by a helper, which the copied source needs, too.
  const source = `
    const __name = named => named
    const say = line => require('node:fs').writeSync(1, JSON.stringify(line ?? null) + '\\n')
    const work = ${work.toString()}
    Promise.resolve(work(require('rivers-storage'), ${JSON.stringify(argument ?? null)}, say))
      .catch(error => { console.error(error); process.exit(70) })`
  return startNode(['-e', source], env)
}

/** Starts Node with these arguments; every line of its output is JSON. */
export function startNode(args: string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  const said: unknown[] = []
  const listeners = new Set<() => void>()
  let stderr = ''
  let over = false
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  createInterface({ input: child.stdout }).on('line', line => {
    said.push(JSON.parse(line))
    for (const listener of listeners) listener()
  })
  const hang = setTimeout(() => child.kill('SIGKILL'), HANG_MS)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(hang)
      over = true
      resolve({ code, signal, said, stderr })
      for (const listener of listeners) listener()
    })
  })
  const heard = (fits: (line: unknown, index: number) => boolean): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const index = said.findIndex(fits)
        if (index < 0 && !over) return
        listeners.delete(look)
        if (index < 0) reject(new Error(`the child ended unheard: ${stderr}`))
        else resolve(said[index])
      }
      listeners.add(look)
      look()
    })
  return { said, heard, kill: signal => void child.kill(signal), ended }
}

/** Runs `work` in its own process to the end; fails unless that exits by itself with code 0. Gives what it said. */
export async function inChild<A>(work: ChildWork<A>, argument: A, env?: NodeJS.ProcessEnv): Promise<unknown[]> {
  const end = await startChild(work, argument, env).ended
  if (end.code !== 0) throw new Error(`the child ended with ${end.code ?? end.signal}: ${end.stderr}`)
  return end.said
}
