// What holds of a recorded store once it is migrated.
import type { ExecutionContext } from 'ava'
import type { Storage } from 'rivers-storage'
import { answersOf, recordedPart } from './answers.js'
import { recordedAnswers, type Kind } from './fixtures.js'

export async function answersAsRecorded(t: ExecutionContext, s: Storage, version: number, kind: Kind): Promise<void> {
  const answers = await answersOf(s)
  for (const [question, recorded] of Object.entries(recordedAnswers(version, kind)))
    t.deepEqual(recordedPart(answers[question], recorded), recorded, question)
}

/** The rest of the half deleted run goes, and what is held and queued goes on. */
export async function isUsable(t: ExecutionContext, s: Storage): Promise<void> {
  t.false(await s.deleteRun('deleted'))
  t.deepEqual(await s.getEventsForRun('deleted'), [])
  t.true(await s.tryStartRun('queued'))

  const [before] = await s.getPoolSlotHolders('gpu')
  t.is(await s.freeConcurrencySlots(before!.runId, before!.stepKey), 3)
  const claim = { runId: 'started', stepKey: 'test', pools: 'gpu' }
  const status = await s.claimConcurrencySlots(claim)
  t.is(status.status, 'claimed')
  t.true(status.token! > before!.token)
  const lease = { ...claim, token: status.token! }
  await s.storeEvent({ eventType: 'StepStart', runId: 'started', assetKey: 'test' }, { lease })
  t.is((await s.getEventsForRun('started')).at(-1)?.assetKey, 'test')
}
