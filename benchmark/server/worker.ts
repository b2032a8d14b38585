// A process of clients, each with a connection of its own: does what benchmark/server/fleet.ts asks for.
import { Storage } from 'rivers-storage'
import { firstLine } from '../reporting/format.js'
import { poolNames, runLoad, type Load, type Pace, type Slice } from './load.js'
import { allSettled } from './settled.js'

export interface Requests {
  /** Connects so many clients; with `sets`, the first one sets the limits of the load's pools before that. */
  connect: { endpoint: string; database: string; clients: number; sets?: Load }
  run: { callers: number; load: Load; pace: Pace }
  close: Record<string, never>
}
export interface Answers {
  connect: null
  run: Slice
  close: null
}
export type Name = keyof Requests

const storages: Storage[] = []

const answers: { [N in Name]: (request: Requests[N]) => Promise<Answers[N]> } = {
  async connect({ endpoint, database, clients, sets }) {
    const connect = async (): Promise<Storage> => {
      const storage = await Storage.connect(endpoint, { database })
      storages.push(storage)
      return storage
    }
    if (sets) {
      const first = await connect()
      for (const pool of poolNames(sets.pools)) await first.setPoolLimit(pool, sets.limit)
    }
    await allSettled(Array.from({ length: clients - storages.length }, connect))
    return null
  },
  run: ({ callers, load, pace }) => runLoad(storages, callers, load, pace),
  async close() {
    await allSettled(storages.splice(0).map(storage => storage.close()))
    return null
  },
}

async function answer<N extends Name>({ name, request }: { name: N; request: Requests[N] }): Promise<void> {
  try {
    process.send!({ answer: await answers[name](request) })
  } catch (error) {
    process.send!({ error: firstLine(error) })
  }
}

process.on('message', answer)
