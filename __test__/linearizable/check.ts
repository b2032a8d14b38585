import type { AnyCall } from './history.js'

/** What one caller alone would see. */
export interface Specification<S> {
  first: S
  /** The state after the call, or null if its outcome is not one that it can have in this state. */
  next(state: S, call: AnyCall): S | null
}

/** How far an order was found that explains the outcomes, if none explains all. */
export interface Stuck<S> {
  explained: AnyCall[]
  state: S
  /** Those one of which had to be next. */
  unexplained: AnyCall[]
}

/** A call, or its return: in a list that is ordered by time, from which calls are taken with their returns. */
interface Entry {
  call: AnyCall
  id: number
  /** Of a call: its return. */
  returns: Entry | null
  before: Entry | null
  after: Entry | null
}

/**
 * Looks for an order of the calls that respects which of them had returned before another was called, and in which each
 * has an outcome that the specification allows. Null if there is one. By Wing and Gong's search, which leaves out what
 * it has been at before: the same calls done, the same state.
 */
export function check<S>(calls: readonly AnyCall[], { first, next }: Specification<S>): Stuck<S> | null {
  const head = list(calls)
  const done = new Uint32Array(Math.ceil(calls.length / 32))
  const been = new Set<string>()
  const path: { entry: Entry; state: S }[] = []
  let stuck: Stuck<S> = { explained: [], state: first, unexplained: open(head) }
  let state = first
  let entry = head.after
  while (head.after !== null) {
    if (entry?.returns) {
      const after = next(state, entry.call)
      if (after !== null) {
        flip(done, entry.id)
        const here = `${done.join()} ${JSON.stringify(after)}`
        if (!been.has(here)) {
          been.add(here)
          path.push({ entry, state })
          state = after
          take(entry)
          entry = head.after
          if (path.length > stuck.explained.length) {
            stuck = { explained: path.map(({ entry }) => entry.call), state, unexplained: open(head) }
          }
          continue
        }
        flip(done, entry.id)
      }
      entry = entry.after
    } else {
      // Somebody returned who is not in the order yet: the last choice was wrong.
      const last = path.pop()
      if (last === undefined) return stuck
      state = last.state
      flip(done, last.entry.id)
      putBack(last.entry)
      entry = last.entry.after
    }
  }
  return null
}

/** The calls before the first return: all that can be next. */
function open(head: Entry): AnyCall[] {
  const calls = []
  for (let entry = head.after; entry?.returns; entry = entry.after) calls.push(entry.call)
  return calls
}

function list(calls: readonly AnyCall[]): Entry {
  const entries = calls.flatMap((call, id) => {
    const returns: Entry = { call, id, returns: null, before: null, after: null }
    return [
      { time: call.called, entry: { ...returns, returns } },
      { time: call.returned, entry: returns },
    ]
  })
  // At the same moment calls come first: then they may have been at the same time.
  entries.sort((one, other) => one.time - other.time || Number(!one.entry.returns) - Number(!other.entry.returns))
  const head: Entry = { call: calls[0]!, id: -1, returns: null, before: null, after: null }
  let last = head
  for (const { entry } of entries) {
    entry.before = last
    last.after = entry
    last = entry
  }
  return head
}

function flip(done: Uint32Array, id: number): void {
  done[id >> 5]! ^= 1 << (id & 31)
}

function take(entry: Entry): void {
  for (const gone of [entry, entry.returns!]) {
    gone.before!.after = gone.after
    if (gone.after) gone.after.before = gone.before
  }
}

function putBack(entry: Entry): void {
  for (const back of [entry.returns!, entry]) {
    back.before!.after = back
    if (back.after) back.after.before = back
  }
}
