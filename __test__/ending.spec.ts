import { Storage } from 'rivers-storage'
import { startChild, type Rivers, type Say } from './helpers/child.js'
import { withStorage } from './helpers/everywhere.js'
import { endsItself, onOpening, type Open, type Opening } from './helpers/opening.js'
import { until } from './helpers/until.js'

// Each way in which a process ends, while it renews leases, waits for slots and writes.

type Way = 'SIGTERM' | 'SIGTERM, closing' | 'process.exit' | 'natural end' | 'uncaught error'

interface Expected {
  code: number | null
  signal?: 'SIGTERM'
  stderr?: RegExp
  /** What becomes of the waits, if the process lives to see it. */
  waits?: string
}

const WAYS: Record<Way, Expected> = {
  SIGTERM: { code: null, signal: 'SIGTERM' },
  'SIGTERM, closing': { code: 0, waits: 'ERR_CLOSED' },
  'process.exit': { code: 3 },
  'natural end': { code: 0, waits: 'ERR_TIMEOUT' },
  'uncaught error': { code: 1, stderr: /Error: uncaught/ },
}
/** Windows has no signals. */
const ways = Object.keys(WAYS).filter(way => process.platform !== 'win32' || !way.startsWith('SIGTERM')) as Way[]

const WAITS = 3
const STORED = 20

type Said = { stored: string } | { wait: string } | { write: string }

interface Work {
  opening: Opening
  way: Way
  waits: number
  enough: number
}

async function work({ Storage }: Rivers, { opening, way, waits, enough }: Work, say: Say): Promise<void> {
  const [how, ...args] = opening
  const s = await (Storage[how] as Open)(...args)
  if (way === 'SIGTERM, closing') process.once('SIGTERM', () => void s.close())
  await s.setPoolLimit('db', 2)
  const acquire = (stepKey: string, more: { leaseDuration?: string; timeout?: string }) =>
    s.acquireSlots({ runId: 'r', stepKey, pools: 'db', ...more })
  const leases = [await acquire('short', { leaseDuration: '2s' }), await acquire('long', { leaseDuration: '1h' })]
  // A signal that was read keeps the lease also when nothing refers to it.
  for (const { signal } of leases) signal.addEventListener('abort', () => {})

  // Nothing but the waits keeps a process that is to end naturally.
  const turn = { isOver: false }
  const timeout = way === 'natural end' ? '1s' : '1h'
  const wait = (i: number) =>
    acquire(`waits${i}`, { timeout }).catch(error => {
      turn.isOver = true
      say({ wait: error.code })
    })
  for (let i = 0; i < waits; i++) void wait(i)
  while ((await s.getPoolInfo('db')).pendingCount < waits) await new Promise(setImmediate)

  let stored = 0
  const write = async (name: string): Promise<void> => {
    for (let i = 0; !turn.isOver; i++) {
      await s.kvSet(`${name}${i}`, Buffer.from('v'))
      say({ stored: `${name}${i}` })
      if (++stored === enough && way === 'process.exit') process.exit(3)
      if (stored === enough && way === 'uncaught error')
        setImmediate(() => {
          throw new Error('uncaught')
        })
      // A memory store answers at once: without this, nothing else would have its turn.
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }
  for (const name of ['a', 'b', 'c']) void write(name).catch(error => say({ write: error.code }))
}

for (const way of ways) {
  onOpening(
    `a process with leases, waits and writes under way ends: ${way}`,
    ['memory', 'embedded', 'remote'],
    async (t, opening) => {
      const child = startChild(work, { opening, way, waits: WAITS, enough: STORED })
      if (way.startsWith('SIGTERM')) {
        await child.heard((_, index) => index + 1 === STORED)
        child.kill('SIGTERM')
      }
      const end = await endsItself(child.ended, () => child.kill('SIGKILL'))
      const { code, signal = null, stderr = /^$/, waits } = WAYS[way]
      t.deepEqual([end.code, end.signal], [code, signal], end.stderr)
      t.regex(end.stderr, stderr)

      const said = end.said as Said[]
      const outcomes = said.flatMap(line => ('wait' in line ? [line.wait] : []))
      t.deepEqual(outcomes, waits ? Array.from({ length: WAITS }, () => waits) : [])
      const refused = said.flatMap(line => ('write' in line ? [line.write] : []))
      // The writers may also see the end of the waits first.
      t.true(
        refused.every(code => way === 'SIGTERM, closing' && code === 'ERR_CLOSED'),
        refused.join(),
      )
      const stored = said.flatMap(line => ('stored' in line ? [line.stored] : []))
      t.true(stored.length >= (way === 'natural end' ? 1 : STORED))
      if (opening[0] === 'memory') return

      const [how, ...args] = opening
      await withStorage((Storage[how] as Open)(...args), async s => {
        const values = await Promise.all(stored.map(key => s.kvGet(key)))
        t.true(values.every(value => value?.toString() === 'v'))
        // A server takes a while to notice that a process is gone.
        if (opening[0] === 'embedded') t.is((await s.getPoolInfo('db')).pendingCount, 0)
        const holders = async () => (await s.getPoolSlotHolders('db')).map(({ stepKey }) => stepKey).join()
        await until(async () => (await holders()) === 'long', 'the end of the short lease, and of no other')
      })
    },
  )
}
