import { join } from 'node:path'
import test from 'ava'
import * as rivers from 'rivers-storage'
import { newSeed } from './helpers/random.js'
import { inTempDir } from './helpers/temp.js'
import { inWorker } from './helpers/worker.js'
import { callers } from './linearizable/callers.js'
import { unexplained } from './linearizable/explain.js'
import type { AnyCall } from './linearizable/history.js'

// Whatever callers side by side were answered, they could have been answered one after another.

const ROUNDS = 4

/** What callers do is the same for a seed; when they do it is not. */
const seeds = (): number[] => {
  const first = newSeed()
  return Array.from({ length: ROUNDS }, (_, round) => first + round)
}

test('the clock of the histories is one for all threads', async t => {
  const before = Number(process.hrtime.bigint())
  const [theirs] = await inWorker((_, __, say) => say(Number(process.hrtime.bigint())), null)
  t.true(before < (theirs as number) && (theirs as number) < Number(process.hrtime.bigint()))
})

test('twelve promise callers on a memory store, while leases expire, could have come one after another', async t => {
  for (const seed of seeds()) {
    const histories: AnyCall[][] = []
    const argument = { path: null, seed, thread: 'main', callers: 12, calls: 50 }
    await callers(rivers, argument, said => histories.push(said as AnyCall[]))
    t.is(unexplained(histories.flat(), 'manual'), null, `SEED=${seed}`)
  }
})

for (const durability of ['commit', 'relaxed'] as const) {
  test(`callers of four threads on an embedded store (${durability}) could have come one after another`, async t => {
    for (const seed of seeds()) {
      const history = await inTempDir(async dir => {
        const path = join(dir, 'db')
        const shared = await rivers.Storage.embedded(path, { durability })
        const threads = [0, 1, 2, 3].map(thread =>
          inWorker(callers, {
            path,
            seed: seed * 4 + thread,
            thread: `thread ${thread} caller `,
            callers: 3,
            calls: 50,
          }),
        )
        const said = await Promise.all(threads)
        await shared.close()
        return said.flat(2) as AnyCall[]
      })
      t.is(unexplained(history, 'system'), null, `SEED=${seed}`)
    }
  })
}
