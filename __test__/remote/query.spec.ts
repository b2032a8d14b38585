// Queries on a server: executed there, in a transaction that is never stored.
import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { hasServer, startServer, type Server } from '../../scripts/lib/server.js'
import { failureOf, isError, rejects } from '../helpers/rejects.js'

let server: Server
const onServer = hasServer() ? test.serial : test.skip

if (hasServer()) {
  test.before(async () => {
    server = await startServer()
  })
  test.after.always(() => server?.stop())
}

let databases = 0

/** `direct` sends SurrealQL to the server without this package. */
function queried(
  title: string,
  scenario: (t: ExecutionContext, s: Storage, direct: (surql: string) => Promise<unknown[]>) => Promise<void>,
): void {
  onServer(title, async t => {
    const database = `queried_${++databases}`
    const s = await Storage.connect(server.endpoint, { database })
    const direct = async (body: string): Promise<unknown[]> => {
      const headers = { Accept: 'application/json', 'surreal-ns': 'rivers', 'surreal-db': database }
      const response = await fetch(`${server.endpoint.replace('ws', 'http')}/sql`, { method: 'POST', headers, body })
      const answers = (await response.json()) as { status: string; result: unknown }[]
      for (const { status, result } of answers) t.is(status, 'OK', String(result))
      return answers.map(({ result }) => result)
    }
    try {
      await scenario(t, s, direct)
    } finally {
      await s.close()
    }
  })
}

queried('nothing is written, though the user may', async (t, s, direct) => {
  await s.createRun({ runId: 'r1' })
  for (const surql of ['CREATE kv:x', 'UPDATE run SET job_name = "x"', 'DELETE run', 'RETURN { DELETE run; 1 }']) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.query(surql), /statement 1/)
  }
  const before = await direct('INFO FOR DB; SELECT * FROM run')
  // The definitions that a query brings are writes, too.
  const [{ fields }] = await s.query<[{ fields: object }]>('INFO FOR TABLE event')
  t.true('run' in fields)
  t.deepEqual(await direct('INFO FOR DB; SELECT * FROM run'), before)
  const [stored] = (await direct('INFO FOR TABLE event')) as [{ fields: object }]
  t.deepEqual(stored.fields, {})
})

queried('two statements see one moment while others claim', async (t, s) => {
  await s.setPoolLimit('db', 4)
  let left = 1000
  const load = { isOver: false }
  const claim = async (runId: string): Promise<void> => {
    while (!load.isOver) {
      await s.claimConcurrencySlots({ runId, stepKey: 'a', pools: 'db' })
      await s.freeConcurrencySlots(runId, 'a')
    }
  }
  const seen = new Set<number>()
  const ask = async (): Promise<void> => {
    while (left-- > 0) {
      const [used, slots] = await s.query<[number, number]>(
        `SELECT VALUE used FROM ONLY pool:['default', 'db'];
         RETURN math::sum((SELECT VALUE slots FROM slot:['default', 'db']..['default', 'db', ..]))`,
      )
      if (used !== slots) t.fail(`${used} used, ${slots} in slots`)
      seen.add(used)
    }
  }
  const claims = ['r1', 'r2', 'r3'].map(claim)
  await Promise.all([ask(), ask(), ask()])
  load.isOver = true
  await Promise.all(claims)
  t.true(seen.size > 1, 'the claims changed nothing')
})

const SLOW = [
  'FOR $i IN 0..1000000000 { LET $x = $i; }',
  'RETURN array::range(0, 10000).map(|$x| array::range(0, 10000).map(|$y| array::len([$x, $y])).len()).len()',
  'SELECT VALUE (SELECT VALUE size FROM kv WHERE size = $parent.size + 1) FROM kv',
  'SELECT (SELECT count() FROM kv WHERE size > $parent.size GROUP ALL) AS n FROM kv ORDER BY n',
  'LET $all = (SELECT VALUE (SELECT VALUE size FROM kv WHERE size = $parent.size + 1) FROM kv); RETURN $all.len()',
]

queried('a query of a long time ends on the server, too', async (t, s, direct) => {
  for (let i = 0; i < 20; i++) {
    await direct(`FOR $i IN ${i * 1000}..${(i + 1) * 1000} { CREATE kv SET size = $i RETURN NONE }`)
  }
  const endings: [string, (surql: string) => Promise<unknown>, (error: unknown) => void][] = [
    ['timeout', surql => s.query(surql, { timeout: 300 }), error => isError(t, error, 'ERR_TIMEOUT')],
    [
      'signal',
      // The server is told at once. The timeout is there for scans, which do not look whether they have to end.
      surql => s.query(surql, { timeout: 2000, signal: AbortSignal.timeout(300) }),
      error => t.is((error as Error).name, 'TimeoutError'),
    ],
  ]
  for (const surql of SLOW) {
    for (const [name, ask, check] of endings) {
      const began = Date.now()
      check(await failureOf(ask(surql)))
      const ended = Date.now()
      t.true(ended - began < 1000, `${name}: ${surql} took ${ended - began} ms`)
      t.deepEqual(await s.query('RETURN 1'), [1])
      const answered = Date.now() - ended
      const idle = await untilIdle()
      t.log(`${name}: ended after ${ended - began} ms, next answer ${answered} ms, idle ${idle} ms later: ${surql}`)
      t.true(answered < 3000 && idle < 3000, `${name}: ${surql}`)
    }
  }
})

queried('closing ends queries under way on the server', async (t, s) => {
  const asking = failureOf(s.query(SLOW[0]!))
  await new Promise(resolve => setTimeout(resolve, 100))
  await s.close()
  isError(t, await asking, 'ERR_CLOSED')
  t.true((await untilIdle()) < 3000)
})

queried('an answer over 64 MiB is refused while it comes', async (t, s) => {
  for (let i = 0; i < 8; i++) await s.kvSet(`k${i}`, Buffer.alloc(9 << 20, 'a'))
  await rejects(t, 'ERR_INVALID_ARG', () => s.query('SELECT * FROM kv'), /64 MiB/)
  t.is((await s.query<[unknown[]]>('SELECT * FROM kv LIMIT 7'))[0].length, 7)
})

onServer('a query waits for a server that is away, until its timeout', async t => {
  const away = await startServer()
  const port = Number(new URL(away.endpoint).port)
  const s = await Storage.connect(away.endpoint)
  t.deepEqual(await s.query('RETURN 1'), [1])
  await away.stop()
  await rejects(t, 'ERR_UNAVAILABLE', () => s.query('RETURN 1', { timeout: 1000 }))
  const asking = s.query('RETURN 2', { timeout: 20_000 })
  const again = await startServer({ port })
  try {
    t.deepEqual(await asking, [2])
    // It has an empty memory, so the process has no row to remove.
    await s.close().catch(() => {})
  } finally {
    await again.stop()
  }
})

/** How long until the server takes less than a tenth of a processor. */
async function untilIdle(): Promise<number> {
  const began = Date.now()
  for (;;) {
    const before = ticks()
    await new Promise(resolve => setTimeout(resolve, 200))
    // A tick is 10 ms.
    if (ticks() - before < 2 || Date.now() - began > 10_000) return Date.now() - began
  }
}

function ticks(): number {
  const fields = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}
