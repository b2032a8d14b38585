// Questions that the API and SurrealQL answer alike.

import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Storage } from 'rivers-storage'
import { drive, type Driver } from './helpers/driver.js'
import { DYNAMIC, type Eventful, GROUPS, KINDS, makeEventful, passing, SHORT_MS, TAGS } from './helpers/eventful.js'
import { FORMS, everywhere, onManualClock, withStorage } from './helpers/everywhere.js'
import { newSeed } from './helpers/random.js'
import { inTempDir } from './helpers/temp.js'
import { exact } from './questions/assets.js'
import { POOL_QUESTIONS, QUESTIONS } from './questions/index.js'
import type { Question } from './questions/question.js'

const HOUR = 3_600_000

test('there are at least 40', t => t.true(QUESTIONS.length >= 40, String(QUESTIONS.length)))

everywhere('the API and SurrealQL agree', async (t, s, { storage }) => {
  const seed = newSeed()
  t.log(`SEED=${seed}`)
  const at = await makeEventful(s, seed, passing(storage, false))
  await agree(t, s, at, storage.codeLocation, QUESTIONS)
  t.true((await expiredLeases(s)) > 0, 'no lease has expired')
})

onManualClock('they agree while leases expire', async (t, s, pass, storage) => {
  const seed = newSeed()
  t.log(`SEED=${seed}`)
  const at = await makeEventful(s, seed, passing(storage, true))
  t.is(await expiredLeases(s), 1)
  // The moments before, at and after the end of each lease.
  for (const step of [0, HOUR - SHORT_MS - 101, 1, 1, 1, 1, 1, HOUR]) {
    pass(step)
    await agree(t, s, at, storage.codeLocation, POOL_QUESTIONS)
  }
  t.is(await expiredLeases(s), 5)
  await s.freeExpiredLeases()
  t.is(await expiredLeases(s), 0)
  await agree(t, s, at, storage.codeLocation, QUESTIONS)
})

for (const form of FORMS) {
  test(`they agree in each of two code locations (embedded, ${form})`, t =>
    inTempDir(dir => {
      const open = (codeLocation: string): Promise<Storage> =>
        Storage.embedded(join(dir, 'db'), { durability: 'relaxed', codeLocation })
      return withStorage(open('north'), north =>
        withStorage(open('south'), async south => {
          const seed = newSeed()
          t.log(`SEED=${seed}`)
          const northern = await makeEventful(drive(north, form), seed, passing(north, false))
          const [first] = await south.getRuns()
          t.is(first, undefined)
          await south.registerAssets([{ assetKey: northern.assets[0]!, tags: ['daily'], kinds: ['table'] }])
          await south.setPoolLimit('db', 7)
          await south.claimConcurrencySlots({ runId: 'southern', stepKey: 'a', pools: { db: 5 } })
          await south.createRun({ runId: 'southern', status: 'Started' })
          await south.storeTick({ automationName: 'nightly', automationType: 'Sensor', status: 'Failed' })
          await agree(t, drive(north, form), northern, 'north', QUESTIONS)
          const both = QUESTIONS.filter(({ title }) =>
            /limits|assets|runs|ticks of each|present use of all|partitions/.test(title),
          )
          const southern = { ...northern, runs: ['southern'], pools: ['db', 'no pool'] }
          await agree(
            t,
            drive(south, form),
            southern,
            'south',
            both.filter(({ title }) => !/after|each run/.test(title)),
          )
        }),
      )
    }))
}

async function agree(
  t: ExecutionContext,
  s: Driver,
  at: Eventful,
  location: string,
  questions: Question[],
): Promise<void> {
  const vars = {
    ...at,
    exact: at.partitions.map(exact),
    location,
    tags: TAGS,
    kinds: KINDS,
    groups: GROUPS,
    dynamic: DYNAMIC,
  }
  for (const { title, ask, surql, convert = (answer: unknown) => answer } of questions) {
    const said = await ask(s, at)
    let answers: unknown[] = []
    try {
      answers = await s.query(surql, { vars })
    } catch (error) {
      t.fail(`${title}: ${String(error)}`)
      continue
    }
    t.deepEqual(convert(answers.at(-1)), said, title)
  }
}

async function expiredLeases(s: Driver): Promise<number> {
  return (await s.query<[number]>('RETURN count((SELECT id FROM lease WHERE expires_at <= time::millis()))'))[0]
}
