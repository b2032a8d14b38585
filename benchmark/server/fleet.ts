import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Load, Pace, Slice } from './load.js'
import { allSettled } from './settled.js'
import type { Answers, Name, Requests } from './worker.js'

/** How the callers of a load are spread. */
export interface Crowd {
  readonly processes: number
  /** In each process, each with a connection of its own. */
  readonly clients: number
  /** Of each client. */
  readonly callers: number
}

export interface Fleet {
  /** What each process of the crowd measured, on a database that does not exist yet. */
  run(database: string, crowd: Crowd, load: Load, pace: Pace): Promise<Slice[]>
  end(): Promise<void>
}

/** Processes that serve all rows: they connect for one slice at a time, so that idle clients load no server. */
export function startFleet(endpoint: string, size: number): Fleet {
  const workers = Array.from({ length: size }, startWorker)
  return {
    async run(database, { processes, clients, callers }, load, pace) {
      const crew = workers.slice(0, processes)
      const [first, ...others] = crew
      try {
        await first!.ask('connect', { endpoint, database, clients, sets: load })
        await allSettled(others.map(worker => worker.ask('connect', { endpoint, database, clients })))
        return await allSettled(crew.map(worker => worker.ask('run', { callers, load, pace })))
      } finally {
        await allSettled(crew.map(worker => worker.ask('close', {})))
      }
    },
    end: async () => void (await Promise.all(workers.map(worker => worker.end()))),
  }
}

interface Worker {
  ask<N extends Name>(name: N, request: Requests[N]): Promise<Answers[N]>
  end(): Promise<void>
}

function startWorker(): Worker {
  const child = fork(join(__dirname, 'worker.ts'), { execArgv: ['--import', 'tsx'] })
  const ended = once(child, 'exit')
  return {
    async ask(name, request) {
      if (!child.connected) throw new Error('a process of clients has ended')
      child.send({ name, request })
      return (await nextAnswer(child)) as Answers[typeof name]
    },
    async end() {
      child.kill()
      await ended
    },
  }
}

function nextAnswer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null): void => {
      reject(new Error(`a process of clients ended: ${code ?? signal}`))
    }
    child.once('exit', onExit)
    child.once('message', ({ answer, error }: { answer?: unknown; error?: string }) => {
      child.off('exit', onExit)
      if (error === undefined) resolve(answer)
      else reject(new Error(error))
    })
  })
}
