import { isDeepStrictEqual } from 'node:util'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stepEvents } from '../workloads/samples.js'
import type { Claim, Peer, Store } from './peer.js'

/** Fails unless a peer decides as all have to: otherwise it would not be doing the same work. */
export async function checkPeer(peer: Peer): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rivers-check-'))
  try {
    const store = await peer.open(peer.tiers.memory === null ? 'relaxed' : 'memory', join(folder, 'store'), 'sync')
    try {
      await checkValues(store)
      await checkClaims(store)
      await checkEvents(store)
    } finally {
      await store.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function checkValues({ kvSet, kvGet }: Store): Promise<void> {
  if (!kvSet || !kvGet) return
  await kvSet('key', Buffer.from('old'))
  await kvSet('key', Buffer.from('new'))
  expect('the value set last', Buffer.from((await kvGet('key'))!).toString(), 'new')
}

async function checkClaims({ setPoolLimit, claim, free }: Store): Promise<void> {
  if (!setPoolLimit || !claim || !free) return
  await setPoolLimit('two', 2)
  await setPoolLimit('one', 1)
  const ask = async (stepKey: string, pools: string[], priority = 0): Promise<boolean> => {
    const request: Claim = { runId: 'run', stepKey, pools: pools.map(pool => [pool, 1]), priority }
    return claim(request)
  }
  expect('room', await ask('a', ['two']), true)
  expect('room in both pools', await ask('both', ['two', 'one']), true)
  expect('full', await ask('full', ['two']), false)
  expect('another pool is full', await ask('other', ['one']), false)
  expect('a holder asks again', await ask('a', ['two']), true)
  await free('run', 'a')
  expect('room, but somebody waits for it', await ask('late', ['two']), false)
  expect('first come, first served', await ask('full', ['two']), true)
  await free('run', 'full')
  expect('a higher priority', await ask('urgent', ['two'], 5), true)
}

async function checkEvents(store: Store): Promise<void> {
  const { registerAssets, storeEvents, getEventsForRun, getEventsForAsset } = store
  if (!registerAssets || !storeEvents) return
  await registerAssets([{ assetKey: 'asset', codeVersion: '1' }])
  await storeEvents(stepEvents('run', 'asset'))
  const timeline = ['StepStart', 'Materialization', 'StepSuccess']
  expect('the events of a run', (await getEventsForRun?.('run'))?.map(typeOf), timeline)
  expect('the newest two', (await getEventsForAsset?.('asset', 2))?.map(typeOf), timeline.toReversed().slice(0, 2))
  expect('the latest', typeOf(await store.getLatestMaterialization?.('asset')), 'Materialization')
  const record = (await store.getAssetRecord?.('asset')) as { lastDataVersion: string }
  expect('the record', record.lastDataVersion, 'v1')
}

const typeOf = (event: unknown): string => (event as { eventType: string }).eventType

function expect(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) return
  throw new Error(`does other work: ${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
}
