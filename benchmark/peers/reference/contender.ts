import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Contender, Trial } from '../../measuring/contender.js'
import { referencePython } from './install.js'

/** The reference's Python wheel, which times itself in a process of its own. */
export async function startReference(): Promise<Contender> {
  const ask = startProcess(referencePython())
  let trials = 0
  return {
    name: 'reference',
    async start(workload, tier, path) {
      const trial = (trials += 1)
      const callers = workload.measure === 'throughput' ? workload.callers : undefined
      const { missing } = await ask({ do: 'start', trial, workload: workload.name, tier, path, callers })
      if (missing !== undefined) return { missing }
      return {
        slice: async ms => (await ask({ do: 'measure', trial, ms })).samples!,
        end: async () => void (await ask({ do: 'end', trial })),
      } satisfies Trial
    },
    end: async () => ask.end(),
  }
}

interface Answer {
  missing?: string
  samples?: number[]
  error?: string
}
interface Ask {
  (request: Record<string, unknown>): Promise<Answer>
  end(): void
}

function startProcess(python: string): Ask {
  const child = spawn(python, [join(__dirname, 'main.py')], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, RUST_LOG: 'error' },
  })
  const waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []
  let ended: Error | undefined
  const fail = (error: Error): void => {
    ended = error
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  child.on('error', fail)
  child.on('exit', (code, signal) => fail(new Error(`the reference's process ended: ${code ?? signal}`)))
  child.stdin.on('error', fail)
  createInterface({ input: child.stdout }).on('line', line => {
    const answer = JSON.parse(line) as Answer
    const { resolve, reject } = waiting.shift()!
    if (answer.error === undefined) resolve(answer)
    else reject(new Error(answer.error))
  })
  const ask = (request: Record<string, unknown>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      waiting.push({ resolve, reject })
      child.stdin.write(`${JSON.stringify(request)}\n`)
    })
  return Object.assign(ask, { end: () => child.stdin.end() })
}
