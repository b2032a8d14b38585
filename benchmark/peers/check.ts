import { deepStrictEqual } from 'node:assert'
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
  deepStrictEqual(Buffer.from((await kvGet('key'))!).toString(), 'new')
}

async function checkClaims({ setPoolLimit, claim, free }: Store): Promise<void> {
  if (!setPoolLimit || !claim || !free) return
  await setPoolLimit('two', 2)
  await setPoolLimit('one', 1)
  const ask = async (stepKey: string, pools: string[], priority = 0): Promise<boolean> => {
    const request: Claim = { runId: 'run', stepKey, pools: pools.map(pool => [pool, 1]), priority }
    return claim(request)
  }
  deepStrictEqual(await ask('a', ['two']), true)
  deepStrictEqual(await ask('all or nothing', ['two', 'one']), true)
  deepStrictEqual(await ask('full', ['two']), false)
  deepStrictEqual(await ask('other pool full', ['one']), false)
  deepStrictEqual(await ask('a', ['two']), true, 'a holder that asks again keeps its lease')
  await free('run', 'a')
  deepStrictEqual(await ask('late', ['two']), false, 'there is room, and somebody waits for it')
  deepStrictEqual(await ask('full', ['two']), true, 'first come, first served')
  await free('run', 'full')
  deepStrictEqual(await ask('urgent', ['two'], 5), true, 'a higher priority goes first')
}

async function checkEvents(store: Store): Promise<void> {
  const { registerAssets, storeEvents, getEventsForRun, getEventsForAsset } = store
  if (!registerAssets || !storeEvents) return
  await registerAssets([{ assetKey: 'asset', codeVersion: '1' }])
  await storeEvents(stepEvents('run', 'asset'))
  deepStrictEqual((await getEventsForRun?.('run'))?.map(typeOf), ['StepStart', 'Materialization', 'StepSuccess'])
  deepStrictEqual((await getEventsForAsset?.('asset', 2))?.length, 2)
  deepStrictEqual(typeOf(await store.getLatestMaterialization?.('asset')), 'Materialization')
  const record = (await store.getAssetRecord?.('asset')) as { lastDataVersion: string }
  deepStrictEqual(record.lastDataVersion, 'v1')
}

const typeOf = (event: unknown): string => (event as { eventType: string }).eventType
