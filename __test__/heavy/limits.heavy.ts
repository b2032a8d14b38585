// What a query may take of its process: threads, files, memory and time. In children, because what fails here would end
// or fill the process of the tests.

import test from 'ava'
import { inChild, startChild, type Rivers, type Say } from '../helpers/child.js'
import { HOSTILE, type Hostile } from './hostile.js'

const onLinux = process.platform === 'linux' ? test.serial : test.skip

interface Use {
  threads: number
  files: number
}

/** Runs in the child: 1,000 queries, half of them timed out. */
async function manyQueries({ Storage }: Rivers, path: string | null, say: Say): Promise<void> {
  const { readdirSync } = require('node:fs') as typeof import('node:fs')
  const s = path ? await Storage.embedded(path, { durability: 'relaxed' }) : await Storage.memory()
  for (let i = 0; i < 300; i++) s.kvSetSync(`key ${i}`, Buffer.from(String(i)))
  await s.createRun({ runId: 'r1' })
  const long = 'FOR $i IN 0..1000000000 { LET $x = $i; }'
  const kinds = [
    'RETURN 1',
    'SELECT * FROM kv ORDER BY value DESC',
    'SELECT count() FROM kv GROUP ALL',
    'SELECT VALUE outcome.status FROM run',
    'SELEC',
    'RETURN 1 + []',
    'RETURN [1, 2].map(|$x| $x + 1)',
    'RETURN string::matches("a", "[a-z]")',
    'INFO FOR DB',
  ]
  const timedOut: string[] = []
  const ask = async (text: string, timeout?: number): Promise<void> => {
    await s.query(text, { timeout }).catch((error: { code: string }) => {
      if (text === long) timedOut.push(error.code)
    })
  }
  const use = (): Use => ({
    threads: readdirSync('/proc/self/task').length,
    files: readdirSync('/proc/self/fd').length,
  })
  const settled = async (before: Use): Promise<Use> => {
    const end = Date.now() + 10_000
    let now = use()
    while (Date.now() < end && (now.threads > before.threads || now.files > before.files)) {
      await new Promise(resolve => setTimeout(resolve, 10))
      now = use()
    }
    return now
  }
  for (const text of kinds) await ask(text)
  await ask(long, 1)
  // The thread of the query that timed out may be about to end.
  await new Promise(resolve => setTimeout(resolve, 100))
  await ask('RETURN 1')
  const before = use()
  timedOut.length = 0
  for (let lane = 0; lane < 10; lane++) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await ask(long, 1)
        await ask(kinds[i % kinds.length]!)
      }),
    )
  }
  say([before, await settled(before), timedOut.length, [...new Set(timedOut)]])
  await s.close()
}

onLinux('1,000 queries, half of them timed out, leave no threads and open files', async t => {
  const [[before, after, timedOut, codes]] = (await inChild(manyQueries, null)) as [[Use, Use, number, string[]]]
  t.is(timedOut, 500)
  t.deepEqual(codes, ['ERR_TIMEOUT'])
  t.true(after.threads <= before.threads, `${before.threads} threads before, ${after.threads} after`)
  t.true(after.files <= before.files, `${before.files} files before, ${after.files} after`)
})

/** Runs in the child. */
async function sortMuch({ Storage }: Rivers, _: null, say: Say): Promise<void> {
  const s = await Storage.memory()
  const text = 'x'.repeat(1000)
  for (let batch = 0; batch < 200; batch++) {
    const events = Array.from({ length: 1000 }, (__, i) => {
      const number = String(((batch * 1000 + i) * 7919) % 200_003)
      return {
        eventType: 'StepStart' as const,
        runId: `run ${batch % 10}`,
        assetKey: number,
        metadata: [['text', number + text] as const],
      }
    })
    await s.storeEvents(events)
  }
  await s.query('SELECT * FROM event ORDER BY asset_key LIMIT 1')
  const mebibyte = 2 ** 20
  const rss = (): number => process.memoryUsage().rss / mebibyte
  const before = rss()
  let [code, message, peak] = ['', '', before]
  const watch = setInterval(() => (peak = Math.max(peak, rss())), 5)
  try {
    await s.query('SELECT *, metadata[0][1] AS sorted FROM event ORDER BY sorted', { timeout: '50s' })
  } catch (error) {
    ;({ code, message } = error as { code: string; message: string })
  }
  const end = Date.now() + 10_000
  do {
    await new Promise(resolve => setTimeout(resolve, 100))
    await Promise.all([s.query('RETURN 1'), s.query('RETURN 2')])
  } while (rss() > before + 200 && Date.now() < end)
  clearInterval(watch)
  say({ code, message, before, peak, after: rss(), count: (await s.query('SELECT count() FROM event GROUP ALL'))[0] })
  await s.close()
}

onLinux('a query that sorts 200,000 events is stopped by its memory limit', async t => {
  const [said] = (await inChild(sortMuch, null)) as [
    { code: string; message: string; before: number; peak: number; after: number; count: unknown },
  ]
  t.log(`${said.before | 0} MiB before, ${said.peak | 0} at most, ${said.after | 0} after`)
  t.is(said.code, 'ERR_INVALID_ARG')
  t.regex(said.message, /512 MiB/)
  t.true(said.peak < said.before + 900, 'more than the limit, and what one look of 5 ms may miss')
  t.true(said.after < said.before + 200, 'the memory is not given back')
  t.deepEqual(said.count, [{ count: 200_000 }])
})

interface Outcome {
  title: string
  code: string
  message: string
  /** Whether both turns answered another query. */
  answered: boolean
  /**
   * Processor time from the answer or error of both queries until then, halved because they share it. Other work of the
   * machine does not count.
   */
  turnsAfterMs: number
}

interface Asked {
  texts: Hostile[]
  waitMs: number
}

/** Runs in the child: each text on both turns, with a short timeout. */
async function hostileQueries({ Storage }: Rivers, { texts, waitMs }: Asked, say: Say): Promise<void> {
  const { runInThisContext } = require('node:vm') as typeof import('node:vm')
  const s = await Storage.memory()
  await s.createRun({ runId: 'r1' })
  for (let i = 0; i < 20_000; i++) s.kvSetSync(`key ${i}`, Buffer.from(String(i)))
  await s.query('RETURN 1')
  for (const { title, text, vars } of texts) {
    say([title])
    const surql = runInThisContext(text) as string
    const bound = vars === undefined ? {} : (runInThisContext(`(${vars})`) as Record<string, unknown>)
    const options = { timeout: 300, vars: bound }
    const ask = (): Promise<{ code: string; message: string }> =>
      s.query(surql, options).then(
        () => ({ code: '', message: '' }),
        (error: { code: string; message: string }) => ({ code: error.code, message: error.message }),
      )
    const [{ code, message }] = await Promise.all([ask(), ask()])
    const start = process.cpuUsage()
    const after = await Promise.allSettled([1, 2].map(() => s.query('RETURN 1', { timeout: waitMs })))
    const { user, system } = process.cpuUsage(start)
    const answered = after.every(({ status }) => status === 'fulfilled')
    const outcome: Outcome = {
      title,
      code,
      message: message.slice(0, 300),
      answered,
      turnsAfterMs: (user + system) / 2000,
    }
    say(outcome)
  }
  process.exit(0)
}

async function outcomes(asked: Asked): Promise<Outcome[]> {
  const end = await startChild(hostileQueries, asked).ended
  const heard = end.said.filter((line): line is Outcome => !Array.isArray(line))
  if (end.code !== 0)
    throw new Error(`${JSON.stringify(end.said.at(-1))} ended the process: ${end.code ?? end.signal} ${end.stderr}`)
  return heard
}

test.serial('queries that are deep or large end soon after their timeout, and end no process', async t => {
  for (const { title, code, message, answered, turnsAfterMs } of await outcomes({ texts: HOSTILE, waitMs: 15_000 })) {
    t.true(
      answered && turnsAfterMs < 1000,
      `${title}: ${turnsAfterMs | 0} ms until the next query (${code} ${message})`,
    )
    t.true(['', 'ERR_TIMEOUT', 'ERR_INVALID_ARG'].includes(code), `${title}: ${code} ${message}`)
  }
})
