// The demo as a process of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

export interface Demo {
  child: ChildProcess
  /** Resolves as soon as the output so far matches. */
  printed(pattern: RegExp): Promise<void>
  ended: Promise<{ code: number | null; output: string }>
}

/** Starts the demo with its results, and its store unless that is on a server, in `dir`. */
export function start(dir: string, ...args: string[]): Demo {
  const command = ['--import', 'tsx', join('examples', 'main.ts'), '--dir', dir, ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
      for (const listener of listeners) listener()
    })
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, output }))
  })
  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      listeners.add(() => pattern.test(output) && resolve())
      void ended.then(end => reject(new Error(`ended before it printed ${pattern}:\n${end.output}`)))
    })
  return { child, printed, ended }
}
