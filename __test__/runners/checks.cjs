// What a program sees of the package, whatever bundles or runs it: bundles and the tests of every runner hold these
// checks. The realm is theirs, so no check may rest on identities of the addon's realm, as `assert.deepEqual` does.
const assert = require('node:assert')

const same = (actual, expected) => assert.equal(JSON.stringify(actual), JSON.stringify(expected))

/** `using` looks for a method of this name, where it is compiled for a realm without the symbol. */
const symbolFor = name => Symbol[name] ?? Symbol.for(`Symbol.${name}`)

module.exports = ({ Storage, isStorageError, formatPartitionKey, LaunchedBy }) => ({
  async 'slots are waited for, held and given back'() {
    const s = await Storage.memory()
    await s.setPoolLimit('db', 1)
    const claim = { runId: 'r', stepKey: 's', pools: 'db' }
    const lease = await s.acquireSlots(claim)
    assert.ok(lease.signal instanceof AbortSignal)
    const waiting = s.withSlots({ ...claim, stepKey: 't' }, async held => [held.live, held.token > lease.token])
    await lease.release()
    same(await waiting, [true, true])
    same((await s.getPoolInfo('db')).claimedCount, 0)
    await s.close()
  },

  async 'an aborted wait ends with the reason of its signal'() {
    const s = await Storage.memory()
    await s.setPoolLimit('db', 1)
    await s.claimConcurrencySlots({ runId: 'r', stepKey: 'holds', pools: 'db' })
    const controller = new AbortController()
    const waiting = s.acquireSlots({ runId: 'r', stepKey: 's', pools: 'db', signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    assert.equal(await waiting.catch(error => error), reason)
    await s.close()
  },

  async 'errors of both forms are known, also when they come by way of JSON'() {
    const s = await Storage.memory()
    const errors = [await s.getPoolInfo('ghost').catch(error => error)]
    try {
      s.getPoolInfoSync('ghost')
    } catch (error) {
      errors.push(error)
    }
    same(errors.length, 2)
    for (const error of errors) {
      assert.ok(isStorageError(error))
      same([error.code, error.retryable, error.name], ['ERR_NOT_FOUND', false, 'StorageError'])
      assert.ok(isStorageError(JSON.parse(JSON.stringify(error))))
    }
    assert.ok(!isStorageError(new Error('other')))
    await s.close()
  },

  async 'a lost lease says so'() {
    const s = await Storage.memory({ clock: 'manual' })
    await s.setPoolLimit('db', 1)
    const claim = { runId: 'r', stepKey: 's', pools: 'db', renew: false, leaseDuration: 1000 }
    const failed = await s
      .withSlots(claim, async lease => {
        s.advanceTime(1000)
        if (!lease.signal.aborted) await new Promise(lost => lease.signal.addEventListener('abort', lost))
        assert.ok(isStorageError(lease.signal.reason))
      })
      .catch(error => error)
    assert.ok(isStorageError(failed))
    same(failed.code, 'ERR_LEASE_LOST')
    await s.close()
  },

  async 'what is passed in is stored'() {
    const s = await Storage.memory()
    await s.kvSet('k', new Uint8Array([1, 2]))
    same([...(await s.kvGet('k'))], [1, 2])
    await s.registerAssets([{ assetKey: 'a', tags: ['t'], pool: [['db', 1]] }])
    await s.createRun({ runId: 'r', launchedBy: LaunchedBy.schedule('daily'), tags: [['k', 'v']] })
    const partitionKey = { multi: { date: ['d'], region: ['b', 'a'] } }
    same(formatPartitionKey(partitionKey), 'date=d|region=a,b')
    await s.storeEvents([{ eventType: 'Materialization', runId: 'r', assetKey: 'a', partitionKey }])
    same((await s.getRun('r')).launchedBy.name, 'daily')
    same((await s.getEventsForRun('r')).length, 1)
    await s.close()
  },

  async 'what is open is closed at the end of its block'() {
    const s = await Storage.memory()
    await s.setPoolLimit('db', 2)
    const [waited, synced] = await Promise.all(
      ['s', 't'].map(stepKey => s.acquireSlots({ runId: 'r', stepKey, pools: 'db' })),
    )
    await waited[symbolFor('asyncDispose')]()
    synced[symbolFor('dispose')]()
    same([waited.live, synced.live], [false, false])
    await s[symbolFor('asyncDispose')]()
    same((await s.kvGet('k').catch(error => error)).code, 'ERR_CLOSED')
    Storage.memorySync()[symbolFor('dispose')]()
  },

  'variables that are set here are read'() {
    const before = process.env.RIVERS_CODE_LOCATION_ID
    process.env.RIVERS_CODE_LOCATION_ID = 'set here'
    const s = Storage.memorySync()
    if (before === undefined) delete process.env.RIVERS_CODE_LOCATION_ID
    else process.env.RIVERS_CODE_LOCATION_ID = before
    same(s.codeLocation, 'set here')
    s.closeSync()
  },
})
