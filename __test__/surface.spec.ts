import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import * as rivers from 'rivers-storage'
import { undocumented } from '../scripts/house/types.js'

const OPERATIONS = [
  'query',
  'close',
  'kvGet',
  'kvSet',
  'kvKeys',
  'kvDelete',
  'registerAssets',
  'getAssetRecord',
  'getAssetRecords',
  'getAssetsByTag',
  'getAssetsByKind',
  'getAssetsByGroup',
  'storeEvent',
  'storeEvents',
  'getEventsForAsset',
  'getEventsForRun',
  'getLatestMaterialization',
  'getMaterializedPartitions',
  'setGraphTopology',
  'getGraphTopology',
  'computeStaleness',
  'createRun',
  'createRuns',
  'enqueueRun',
  'enqueueRuns',
  'updateRunStatus',
  'tryStartRun',
  'getRun',
  'getRuns',
  'getQueuedRuns',
  'cancelQueuedRun',
  'requestCancellation',
  'isCancelled',
  'setRunOutcome',
  'getRunOutcome',
  'getRunProgress',
  'setPoolLimit',
  'getPoolLimits',
  'getPoolInfo',
  'getAllPoolInfos',
  'getPoolSlotHolders',
  'claimConcurrencySlots',
  'freeConcurrencySlots',
  'freeConcurrencySlotsForRun',
  'renewSlotLease',
  'freeExpiredLeases',
  'countMaterializedPartitions',
  'getDynamicPartitions',
  'hasDynamicPartition',
  'addDynamicPartitions',
  'deleteDynamicPartition',
  'getTicks',
  'storeTick',
  'storeTicks',
  'pruneTicks',
  'getRunLogs',
  'storeRunLogs',
  'pruneEvents',
  'setRunBlockReason',
  'deleteRun',
  'deletePoolLimit',
  'getPoolWaiters',
]
const PROMISE_ONLY = ['acquireSlots', 'withSlots']
const OTHERS = ['constructor', 'type', 'codeLocation', 'advanceTime']
const OPENINGS = ['memory', 'embedded', 'migrateEmbedded']
const LATER_OPENINGS = ['connect', 'migrateRemote']
/** Types of the contract that belong to what __test__/contract/missing.d.ts lists. */
const LATER_TYPES = [
  'AutomationRecord',
  'BackfillRecord',
  'BackfillStatus',
  'Change',
  'ExportInfo',
  'HandlerOptions',
  'JobOptions',
  'NewBackfill',
  'Pairs',
  'PartitionStaleness',
  'PartitionState',
  'PartitionStatus',
  'Percentiles',
  'QueueState',
  'RunContext',
  'RunFilter',
  'SlotLeaseRecord',
  'StartNextOptions',
  'StartOptions',
  'StorageInfo',
  'StorageMetrics',
  'TailOptions',
  'TailedEvent',
  'TakeRunsOptions',
  'Violation',
  'WatchOptions',
]

const both = (names: string[]): string[] => names.flatMap(name => [name, `${name}Sync`])
const without = (names: string[], known: string[]): string[] => names.filter(name => !known.includes(name))

/** Every member an object of the class answers to, however the class is built. */
function members(object: object): string[] {
  const names = new Set<string>()
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  }
  return [...names]
}

test('every operation is there in both forms, those that wait for somebody else as a promise only', t => {
  const there = members(rivers.Storage.prototype)
  t.deepEqual(without([...both(OPERATIONS), ...PROMISE_ONLY], there), [])
  for (const name of PROMISE_ONLY) t.false(there.includes(`${name}Sync`))
})

test('a storage has no members but those of the contract', async t => {
  const storage = await rivers.Storage.memory()
  t.deepEqual(without(members(storage), [...both(OPERATIONS), ...PROMISE_ONLY, ...OTHERS]), [])
  t.deepEqual(Object.keys(storage), [])
  t.is(typeof storage[Symbol.dispose], 'function')
  t.is(typeof storage[Symbol.asyncDispose], 'function')
  await storage.close()
})

test('the class has the openings and nothing else', t => {
  const there = Object.getOwnPropertyNames(rivers.Storage)
  t.deepEqual(without(both(OPENINGS), there), [])
  // A native class has what every native function has.
  const ofEveryFunction = ['length', 'name', 'prototype', 'arguments', 'caller']
  t.deepEqual(without(there, [...both([...OPENINGS, ...LATER_OPENINGS]), ...ofEveryFunction]), [])
})

test('the package exports its class and helpers', t => {
  const names = Object.keys(rivers).filter(name => !['default', 'module.exports'].includes(name))
  t.deepEqual(without(['Storage', 'isStorageError', 'formatPartitionKey', 'LaunchedBy'], names), [])
  t.deepEqual(Object.keys(rivers.LaunchedBy).toSorted(), ['backfill', 'condition', 'manual', 'schedule', 'sensor'])
})

test('every type of the contract is exported under its name', async t => {
  const { declarations } = await import('../scripts/docs/declarations.js')
  const { types } = declarations()
  const contract = readFileSync(join('__test__', 'contract', 'next.d.ts'), 'utf8')
  const names = Array.from(contract.matchAll(/^export (?:interface|type) (\w+)/gm), match => match[1]!)
  t.true(names.length > 40)
  t.deepEqual(without(names, [...types.keys()]).toSorted(), LATER_TYPES)
})

test('every type, member and function of the package has a sentence', t => {
  t.deepEqual(undocumented(), [])
})

test('a promise operation returns a native promise, its twin the value', async t => {
  const storage = rivers.Storage.memorySync()
  const promise = storage.kvGet('k')
  t.true(promise instanceof Promise)
  t.is(await promise, storage.kvGetSync('k'))
  const set = storage.kvSet('k', Buffer.from('v'))
  t.true(set instanceof Promise)
  t.is(await set, undefined)
  t.is(storage.kvSetSync('k', Buffer.from('v')) as unknown, undefined)
  storage.closeSync()
})

test('isStorageError knows its own kind only', t => {
  t.false(rivers.isStorageError(new Error('other')))
  t.false(rivers.isStorageError(Object.assign(new Error('other'), { code: 'ENOENT' })))
  for (const value of [null, undefined, 'ERR_CLOSED', {}, 1]) t.false(rivers.isStorageError(value))
  const storage = rivers.Storage.memorySync()
  storage.closeSync()
  t.true(rivers.isStorageError(t.throws(() => storage.kvGetSync('k'))))
})
