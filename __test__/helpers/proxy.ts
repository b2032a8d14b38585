// A proxy on the loopback between storages and a server, which makes the faults of a network.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { payloadOf, splitter, type Unit } from './frames.js'
import type { Random } from './random.js'

type Direction = 'up' | 'down'

export type Fault =
  /** Every message takes up to so long, in order. With a direction, only requests ('up') or only replies ('down'). */
  | { kind: 'latency'; ms: number; direction?: Direction }
  /** A share of the messages is swallowed, in both directions. The connection stays. */
  | { kind: 'loss'; share: number }
  /** Nothing passes any more, in either direction. The connection stays, and never works again. */
  | { kind: 'half-open' }
  /** Connections are reset after up to so long. */
  | { kind: 'reset'; ms: number }
  /** A share of the requests is delivered, and the connection is lost before the reply. */
  | { kind: 'cut'; share: number }
  /** A share of the requests is not delivered, and the connection is lost. So long afterwards the server gets it. */
  | { kind: 'late'; share: number; ms: number }
  /** As with `cut`. Up to so long afterwards the server gets the request again. */
  | { kind: 'twice'; share: number; ms: number }
  /** A share of the notifications is lost, comes up to so long later (others overtake it), or twice. */
  | { kind: 'notices'; share: number; ms: number }

/** Which requests a fault is for. */
export type Which = (payload: Buffer) => boolean

/** Requests after the sign-in. */
export const isQuery: Which = payload => payload.includes('query')
/** Requests that change rows of the storage. */
export const isCommit: Which = payload => payload.includes('$void') || payload.includes('UPDATE $calls')
/** Requests that a process makes by itself, once a second at most: whether it is elected, and what it did not hear. */
export const isLook: Which = payload => payload.includes('LET $seen')

/** Of a LIVE query. */
const isNotice: Which = payload => ['session', 'record', 'action'].every(name => payload.includes(name))

export interface Counts {
  /** Requests after the sign-in, without those for looks. */
  requests: number
  looks: number
  /** How often a fault took place: messages delayed or lost, connections that were made to fail. */
  faults: number
  /** Requests that the server got late or twice, and its answers to them. */
  replays: number
  replayReplies: Buffer[]
  connections: number
}

export interface Proxy {
  /** `ws://127.0.0.1:PORT` */
  endpoint: string
  readonly counts: Counts
  /** Puts a fault in force, or none. A lost connection stays lost. */
  set(fault: Fault | null, which?: Which): void
  /** How many requests are held for later. */
  held(): number
  /** Sends the requests now that are held for later. Resolves when the server has answered each of them. */
  deliver(): Promise<void>
  /** Resets every connection. */
  reset(): void
  stop(): Promise<void>
}

/** Requests and their replies are on their way for less than this on the loopback. */
const REPLY_MS = 300

export async function startProxy(server: string, random: Random): Promise<Proxy> {
  const target = { host: '127.0.0.1', port: Number(new URL(server).port) }
  const counts: Counts = { requests: 0, looks: 0, faults: 0, replays: 0, replayReplies: [], connections: 0 }
  const open = new Set<Connection>()
  const replays = new Replays(target, counts)
  const state: State = { fault: null, which: isQuery, counts, random, replays }
  const listener = createServer(client => {
    counts.connections++
    const connection = new Connection(client, connect({ ...target, noDelay: true }), state)
    open.add(connection)
    client.once('close', () => open.delete(connection))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    endpoint: `ws://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    counts,
    set(fault, which = isQuery) {
      state.fault = fault
      state.which = which
      for (const connection of open) connection.onFault()
    },
    held: () => replays.held,
    deliver: () => replays.deliver(),
    reset: () => open.forEach(connection => connection.reset()),
    async stop() {
      replays.stop()
      open.forEach(connection => connection.reset())
      await closed(listener)
    },
  }
}

async function closed(listener: Server): Promise<void> {
  listener.close()
  await once(listener, 'close')
}

interface State {
  fault: Fault | null
  which: Which
  counts: Counts
  random: Random
  replays: Replays
}

class Connection {
  readonly #client: Socket
  readonly #server: Socket
  readonly #state: State
  /** What the server needs before it serves a request: the head, and each request up to `use`. */
  readonly #beginning: Buffer[] = []
  #isMute = false
  #repliesAreLost = false
  readonly #lanes = { up: new Lane(), down: new Lane() }

  constructor(client: Socket, server: Socket, state: State) {
    this.#client = client
    this.#server = server
    this.#state = state
    client.setNoDelay(true)
    const [fromClient, fromServer] = [splitter(), splitter()]
    client.on('data', chunk => fromClient(chunk).forEach(unit => this.#up(unit)))
    server.on('data', chunk => fromServer(chunk).forEach(unit => this.#pass(unit, 'down')))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => {})
      // A mute connection does not tell that the other end is gone.
      socket.on('close', () => this.#isMute || other.destroy())
    }
    // The server has to see the end of a client even if the client is mute.
    client.on('close', () => server.destroy())
    this.onFault()
  }

  onFault(): void {
    const { fault, random, counts } = this.#state
    if (fault?.kind === 'half-open') {
      this.#isMute = true
      counts.faults++
    } else if (fault?.kind === 'reset') {
      setTimeout(() => {
        if (this.#state.fault === fault && !this.#client.destroyed) {
          counts.faults++
          this.reset()
        }
      }, random.next() * fault.ms)
    }
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  #up(unit: Unit): void {
    const { fault, which, random, counts, replays } = this.#state
    const payload = unit.kind === 'data' ? payloadOf(unit.bytes) : null
    if (payload && isQuery(payload)) counts[isLook(payload) ? 'looks' : 'requests']++
    if (unit.kind === 'head' || (payload && !isQuery(payload))) this.#beginning.push(unit.bytes)
    const isChosen = (share: number): boolean =>
      !this.#isMute && !this.#repliesAreLost && payload !== null && which(payload) && random.next() < share
    switch (fault?.kind) {
      case 'late':
        if (!isChosen(fault.share)) break
        counts.faults++
        replays.add([...this.#beginning, unit.bytes], fault.ms)
        this.reset()
        return
      case 'cut':
      case 'twice':
        if (!isChosen(fault.share)) break
        counts.faults++
        this.#repliesAreLost = true
        this.#pass(unit, 'up')
        if (fault.kind === 'twice') replays.add([...this.#beginning, unit.bytes], random.next() * fault.ms)
        // The server ends what it has begun when it sees the client go: it has time for the request, or not.
        setTimeout(() => this.#client.resetAndDestroy(), random.next() * 20)
        setTimeout(() => this.#server.resetAndDestroy(), random.next() * REPLY_MS)
        return
    }
    this.#pass(unit, 'up')
  }

  #pass(unit: Unit, direction: Direction): void {
    const { fault, random, counts } = this.#state
    if (this.#isMute || (direction === 'down' && this.#repliesAreLost)) return
    if (fault?.kind === 'loss' && unit.kind !== 'head' && random.next() < fault.share) {
      counts.faults++
      return
    }
    const socket = direction === 'up' ? this.#server : this.#client
    const write = (): void => {
      if (!this.#isMute && !socket.destroyed) socket.write(unit.bytes)
    }
    if (
      fault?.kind === 'notices' &&
      direction === 'down' &&
      unit.kind === 'data' &&
      isNotice(payloadOf(unit.bytes)) &&
      random.next() < fault.share
    ) {
      counts.faults++
      const what = random.of(['lost', 'late', 'twice'])
      if (what === 'twice') write()
      if (what !== 'lost') setTimeout(write, random.next() * fault.ms)
      return
    }
    const isSlow = fault?.kind === 'latency' && (fault.direction ?? direction) === direction
    const delay = isSlow ? random.next() * fault.ms : 0
    if (delay > 0) counts.faults++
    this.#lanes[direction].add(write, delay)
  }
}

/** Messages of one direction: none overtakes another one. */
class Lane {
  #last = 0
  #waiting = 0

  add(write: () => void, delay: number): void {
    if (delay === 0 && this.#waiting === 0) {
      write()
      return
    }
    this.#last = Math.max(this.#last, Date.now() + delay)
    this.#waiting++
    setTimeout(() => {
      this.#waiting--
      write()
    }, this.#last - Date.now())
  }
}

/** Requests that the server gets on connections of their own, when their session is gone. */
class Replays {
  readonly #target: { host: string; port: number }
  readonly #counts: Counts
  readonly #held = new Map<NodeJS.Timeout, Buffer[]>()
  readonly #running = new Set<Promise<void>>()

  constructor(target: { host: string; port: number }, counts: Counts) {
    this.#target = target
    this.#counts = counts
  }

  add(session: Buffer[], ms: number): void {
    const timer = setTimeout(() => {
      this.#held.delete(timer)
      this.#run(session)
    }, ms)
    this.#held.set(timer, session)
  }

  get held(): number {
    return this.#held.size
  }

  async deliver(): Promise<void> {
    for (const [timer, session] of this.#held) {
      clearTimeout(timer)
      this.#run(session)
    }
    this.#held.clear()
    await Promise.all(this.#running)
  }

  stop(): void {
    for (const timer of this.#held.keys()) clearTimeout(timer)
    this.#held.clear()
  }

  #run(session: Buffer[]): void {
    const running = replay(this.#target, session).then(
      reply => {
        this.#counts.replays++
        this.#counts.replayReplies.push(reply)
      },
      // The server is away.
      () => {},
    )
    this.#running.add(running)
    void running.then(() => this.#running.delete(running))
  }
}

const REPLAY_MS = 20_000

/** Sends recorded messages one after the other, each once the one before has its reply. Gives the last reply. */
async function replay(target: { host: string; port: number }, session: Buffer[]): Promise<Buffer> {
  const socket = connect({ ...target, noDelay: true })
  socket.setTimeout(REPLAY_MS, () => socket.destroy(new Error('no reply to a replayed message')))
  try {
    const split = splitter()
    const rest = [...session]
    return await new Promise<Buffer>((resolve, reject) => {
      socket.on('error', reject)
      socket.on('close', () => reject(new Error('the server closed a replayed session')))
      socket.on('connect', () => socket.write(rest.shift()!))
      socket.on('data', chunk => {
        for (const { kind, bytes } of split(chunk)) {
          if (kind === 'control') continue
          const next = rest.shift()
          if (next) socket.write(next)
          else resolve(payloadOf(bytes))
        }
      })
    })
  } finally {
    socket.destroy()
  }
}
