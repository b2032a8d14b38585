import { Buffer } from 'node:buffer'
import { everywhere, embedded } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

everywhere('an unknown key is null', async (t, s) => {
  t.is(await s.kvGet('nothing'), null)
})

everywhere('a value comes back as a Buffer with the same bytes', async (t, s) => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i)
  await s.kvSet('k', all)
  const got = await s.kvGet('k')
  t.true(Buffer.isBuffer(got))
  t.deepEqual([...got!], [...all])
})

everywhere('setting again replaces the value', async (t, s) => {
  await s.kvSet('k', bytes('a longer first value'))
  await s.kvSet('k', bytes('second'))
  t.is((await s.kvGet('k'))?.toString(), 'second')
  t.deepEqual(await s.kvKeys(), ['k'])
})

everywhere('empty bytes are a value, not absence', async (t, s) => {
  await s.kvSet('k', new Uint8Array(0))
  t.is((await s.kvGet('k'))?.length, 0)
})

everywhere('every string is a key: empty, with NUL, quotes, separators, of any script', async (t, s) => {
  const keys = [
    '',
    '\0',
    'a\0b',
    'a',
    "`t`/'q'",
    'a:b|c,d=e',
    ' ',
    'ä',
    '日本',
    '\uffff',
    '🚀',
    'x'.repeat(10_000),
    '__proto__',
  ]
  for (const key of keys) await s.kvSet(key, bytes(key))
  for (const key of keys) t.is((await s.kvGet(key))?.toString(), key)
  t.is((await s.kvKeys()).length, keys.length)
})

everywhere('only the bytes of the view are stored, not those around it', async (t, s) => {
  await s.kvSet('view', new Uint8Array(bytes('0123456789').buffer, 3, 4))
  t.is((await s.kvGet('view'))?.toString(), '3456')
  await s.kvSet('buffer', Buffer.from('pooled'))
  t.is((await s.kvGet('buffer'))?.toString(), 'pooled')
})

everywhere('memory that threads share is read like any other', async (t, s) => {
  const shared = new Uint8Array(new SharedArrayBuffer(10))
  shared.set(bytes('0123456789'))
  await s.kvSet('shared', shared.subarray(3, 7))
  t.is((await s.kvGet('shared'))?.toString(), '3456')
})

everywhere('a large value survives whole', async (t, s) => {
  const large = Buffer.alloc(5 * 1024 * 1024)
  for (let i = 0; i < large.length; i += 4) large.writeUInt32LE((i * 2654435761) >>> 0, i)
  await s.kvSet('large', large)
  t.true((await s.kvGet('large'))!.equals(large))
})

everywhere('the bytes of an answer belong to the caller', async (t, s) => {
  await s.kvSet('k', bytes('abc'))
  ;(await s.kvGet('k'))!.fill(0)
  t.is((await s.kvGet('k'))?.toString(), 'abc')
})

everywhere('deleting tells whether there was something', async (t, s) => {
  await s.kvSet('k', bytes('v'))
  await s.kvSet('other', bytes('v'))
  t.true(await s.kvDelete('k'))
  t.false(await s.kvDelete('k'))
  t.is(await s.kvGet('k'), null)
  t.deepEqual(await s.kvKeys(), ['other'])
})

everywhere('keys come in code point order, which is not the order of UTF-16', async (t, s) => {
  for (const key of ['b', '😀', '\uffff', 'a', 'é', 'B', 'aa', '', '10', '9']) await s.kvSet(key, bytes(''))
  t.deepEqual(await s.kvKeys(), ['', '10', '9', 'B', 'a', 'aa', 'b', 'é', '\uffff', '😀'])
})

everywhere('keys are listed by prefix', async (t, s) => {
  for (const key of ['a', 'a/1', 'a/2', 'a0', 'b/1', 'A/1', '🚀x', '🚀y']) await s.kvSet(key, bytes(''))
  t.deepEqual(await s.kvKeys({ prefix: 'a/' }), ['a/1', 'a/2'])
  t.deepEqual(await s.kvKeys({ prefix: 'a' }), ['a', 'a/1', 'a/2', 'a0'])
  t.deepEqual(await s.kvKeys({ prefix: '🚀' }), ['🚀x', '🚀y'])
  t.deepEqual(await s.kvKeys({ prefix: 'nothing' }), [])
  t.is((await s.kvKeys({ prefix: '' })).length, 8)
})

everywhere('keys are paged: 100 by default, after a key that need not be there', async (t, s) => {
  const keys = Array.from({ length: 130 }, (_, i) => `k${String(i).padStart(3, '0')}`)
  for (const key of keys) await s.kvSet(key, bytes(''))
  t.deepEqual(await s.kvKeys(), keys.slice(0, 100))
  t.deepEqual(await s.kvKeys({ after: 'k099' }), keys.slice(100))
  t.deepEqual(await s.kvKeys({ limit: 2, after: 'k004!' }), ['k005', 'k006'])
  t.deepEqual(await s.kvKeys({ limit: 0 }), [])
  t.deepEqual(await s.kvKeys({ limit: 1000 }), keys)
  t.deepEqual(await s.kvKeys({ after: 'k129' }), [])
  t.deepEqual(await s.kvKeys({ prefix: 'k00', after: 'k007' }), ['k008', 'k009'])
  // A place before the prefix is before everything, one behind it behind everything.
  t.is((await s.kvKeys({ prefix: 'k00', after: 'a' })).length, 10)
  t.deepEqual(await s.kvKeys({ prefix: 'k00', after: 'z' }), [])
})

everywhere('bytes are copied before the call returns', async (t, s) => {
  const value = Buffer.from('before')
  const stored = s.kvSet('k', value)
  value.fill('x')
  await stored
  t.is((await s.kvGet('k'))?.toString(), 'before')
})

everywhere('a value that is not bytes is refused and the old one stays', async (t, s) => {
  await s.kvSet('k', bytes('old'))
  const detached = new Uint8Array(1)
  structuredClone(detached, { transfer: [detached.buffer] })
  const others = [new ArrayBuffer(1), new Uint16Array(1), new Uint8ClampedArray(1), new DataView(new ArrayBuffer(1))]
  for (const value of ['text', [1, 2], null, undefined, 1, {}, detached, ...others]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.kvSet('k', bad(value)), /value/)
  }
  t.is((await s.kvGet('k'))?.toString(), 'old')
})

embedded('keys and values are there after the store is opened again', async (t, open) => {
  const first = await open()
  await first.s.kvSet('k', bytes('kept'))
  await first.s.kvSet('gone', bytes('v'))
  await first.s.kvDelete('gone')
  await first.s.close()
  const { s } = await open()
  t.is((await s.kvGet('k'))?.toString(), 'kept')
  t.deepEqual(await s.kvKeys(), ['k'])
})

embedded('all code locations of a store share the keys', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.kvSet('k', bytes('shared'))
  t.is((await b.s.kvGet('k'))?.toString(), 'shared')
})
