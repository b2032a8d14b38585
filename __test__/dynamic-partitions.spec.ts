import { embedded, everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

everywhere('keys are added once, and listed in code point order, all of them', async (t, s) => {
  t.deepEqual(await s.getDynamicPartitions('n'), [])
  const many = Array.from({ length: 150 }, (_, i) => `p${String(i).padStart(3, '0')}`)
  await s.addDynamicPartitions('n', ['😀', 'b', '\uffff', 'a', 'b', 'é', '10', '9', ' ', 'A', ...many])
  await s.addDynamicPartitions('n', ['a', 'c'])
  await s.addDynamicPartitions('n', [])
  const expected = [' ', '10', '9', 'A', 'a', 'b', 'c', ...many, 'é', '\uffff', '😀']
  t.deepEqual(await s.getDynamicPartitions('n'), expected)
})

everywhere('a key is there or not', async (t, s) => {
  await s.addDynamicPartitions('n', ['a', 'd=1', '__proto__', 'nul\0'])
  for (const key of ['a', 'd=1', '__proto__', 'nul\0']) t.true(await s.hasDynamicPartition('n', key))
  for (const key of ['A', 'nul', 'b', '', 'a,b', 'a|b']) t.false(await s.hasDynamicPartition('n', key))
  t.false(await s.hasDynamicPartition('other', 'a'))
})

everywhere('a deleted key is gone, deleting it again does nothing', async (t, s) => {
  await s.storeEvent({ eventType: 'Materialization', runId: 'r', assetKey: 'asset', partitionKey: 'a' })
  await s.addDynamicPartitions('n', ['a', 'b'])
  await s.deleteDynamicPartition('n', 'a')
  await s.deleteDynamicPartition('n', 'a')
  await s.deleteDynamicPartition('n', 'a|,')
  await s.deleteDynamicPartition('unknown', '')
  t.deepEqual(await s.getDynamicPartitions('n'), ['b'])
  t.false(await s.hasDynamicPartition('n', 'a'))
  // What was made of it stays.
  t.deepEqual(await s.getMaterializedPartitions('asset'), [{ single: ['a'] }])
  await s.addDynamicPartitions('n', ['a'])
  t.true(await s.hasDynamicPartition('n', 'a'))
})

everywhere('one bad key spoils the call, and is named', async (t, s) => {
  await s.addDynamicPartitions('n', ['kept'])
  for (const key of ['', 'a,b', 'a|b', ',', '|']) {
    const error = await rejects(t, 'ERR_INVALID_ARG', () => s.addDynamicPartitions('n', ['good', key]), /keys\[1\]/)
    t.true(error.message.includes(`'${key}'`), error.message)
  }
  for (const key of [1, null, undefined, '\ud800', {}]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.addDynamicPartitions('n', ['good', bad(key)]), /keys\[1\]/)
  }
  for (const keys of [null, undefined, 'a', {}, new Set(['a'])]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.addDynamicPartitions('n', bad(keys)), /keys/)
  }
  t.deepEqual(await s.getDynamicPartitions('n'), ['kept'])
})

everywhere('any string is a name, and each has its own keys', async (t, s) => {
  const names = ['', 'a', 'a|b', 'a,b', 'nul\0', '🚀', '__proto__']
  for (const name of names) await s.addDynamicPartitions(name, [`of ${name.length}`, 'all'])
  for (const name of names) t.deepEqual(await s.getDynamicPartitions(name), ['all', `of ${name.length}`])
})

everywhere('of many that add at once nothing is lost', async (t, s) => {
  await Promise.all(Array.from({ length: 20 }, (_, i) => s.addDynamicPartitions('n', ['all', `p${10 + i}`])))
  t.is((await s.getDynamicPartitions('n')).length, 21)
})

embedded('dynamic partitions belong to a code location and stay', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.addDynamicPartitions('n', ['of a'])
  await b.s.addDynamicPartitions('n', ['of b'])
  await b.s.deleteDynamicPartition('n', 'of a')
  t.deepEqual(await a.s.getDynamicPartitions('n'), ['of a'])
  t.false(await b.s.hasDynamicPartition('n', 'of a'))
  await a.s.close()
  await b.s.close()
  t.deepEqual(await (await open({ codeLocation: 'b' })).s.getDynamicPartitions('n'), ['of b'])
})
