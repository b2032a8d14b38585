import test from 'ava'
import { Storage } from 'rivers-storage'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'

const FORMS = {
  promise: (endpoint: string, options?: object) => Storage.connect(endpoint, options),
  sync: async (endpoint: string, options?: object) => Storage.connectSync(endpoint, options),
}

for (const [form, connect] of Object.entries(FORMS)) {
  test(`an endpoint of another scheme is refused (${form})`, async t => {
    for (const endpoint of ['', 'localhost:8000', 'http://localhost:8000', 'mem://', 'rocksdb:///tmp/x', 'ws://']) {
      await t.throwsAsync(() => connect(endpoint), { code: 'ERR_INVALID_ARG', message: /^endpoint: / }, endpoint)
    }
  })

  test(`one of username and password is refused before connecting (${form})`, async t => {
    for (const options of [{ username: 'u' }, { password: 'p' }, { username: 'u', password: '' }]) {
      await t.throwsAsync(() => connect('ws://127.0.0.1:1', options), { code: 'ERR_AUTH' })
    }
  })

  test(`a server that is not there is unavailable (${form})`, async t => {
    const error = await t.throwsAsync(() => connect('ws://127.0.0.1:1'), { code: 'ERR_UNAVAILABLE' })
    t.true((error as unknown as { retryable: boolean }).retryable)
    await t.throwsAsync(() => Storage.migrateRemote('ws://127.0.0.1:1'), { code: 'ERR_UNAVAILABLE' })
  })
}

test('a server that does not answer is a timeout', async t => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const endpoint = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`
  await t.throwsAsync(() => Storage.connect(endpoint, { timeout: 200 }), { code: 'ERR_TIMEOUT' })
  silent.close()
})
