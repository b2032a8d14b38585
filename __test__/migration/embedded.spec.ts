// Embedded stores of every schema version so far can be migrated, and then answer as they did.
import { join } from 'node:path'
import test from 'ava'
import { Storage } from 'rivers-storage'
import { inTempDir } from '../helpers/temp.js'
import { answersAsRecorded, isUsable } from './check.js'
import { unpack, versions } from './fixtures.js'

for (const version of versions) {
  test(`an embedded store of schema version ${version} is migrated, read and used`, t =>
    inTempDir(async dir => {
      const { to: current } = await Storage.migrateEmbedded(join(dir, 'new'))
      const path = join(dir, 'store')
      unpack(version, path)
      if (version < current) {
        const error = await t.throwsAsync(Storage.embedded(path), { code: 'ERR_SCHEMA', message: /migrateEmbedded/ })
        t.true(error!.message.includes(`version ${version},`) && error!.message.includes(`version ${current})`))
      }
      t.deepEqual(await Storage.migrateEmbedded(path), { from: version, to: current })
      t.deepEqual(await Storage.migrateEmbedded(path), { from: current, to: current })
      await using storage = await Storage.embedded(path)
      await answersAsRecorded(t, storage, version, 'embedded')
      await isUsable(t, storage)
    }))
}

test('the present schema version has a recorded store', t =>
  inTempDir(async dir => {
    const { to } = await Storage.migrateEmbedded(join(dir, 'new'))
    t.true(versions.includes(to), `run \`npm run fixture\`: none is recorded of version ${to}`)
  }))
