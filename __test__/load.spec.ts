import test from 'ava'
import { Storage, isStorageError } from 'rivers-storage'
import { inChild, startNode } from './helpers/child.js'
import { inWorker } from './helpers/worker.js'

async function said(source: string, ...flags: string[]): Promise<unknown[]> {
  const end = await startNode([...flags, '-e', source]).ended
  if (end.code !== 0) throw new Error(end.stderr)
  return end.said
}
const USE = `
  const s = Storage.memorySync()
  s.kvSetSync('k', Buffer.from('v'))
  let error
  try { s.kvGetSync(1) } catch (caught) { error = caught }
  console.log(JSON.stringify([s.kvGetSync('k').toString(), isStorageError(error), formatPartitionKey({ single: ['p'] }), LaunchedBy.condition().kind]))
  await s.close()`
const USED = [['v', true, 'p', 'condition']]

test('it is required as CommonJS', async t => {
  const source = `const { Storage, isStorageError, formatPartitionKey, LaunchedBy } = require('rivers-storage'); (async () => {${USE}})()`
  t.deepEqual(await said(source), USED)
})

test('it is imported by name as an ES module', async t => {
  const source = `import { Storage, isStorageError, formatPartitionKey, LaunchedBy } from 'rivers-storage'; ${USE}`
  t.deepEqual(await said(source, '--input-type=module'), USED)
})

test('both ways lead to the same class and helpers', async t => {
  const source = `
    import { createRequire } from 'node:module'
    import * as esm from 'rivers-storage'
    const cjs = createRequire(process.cwd() + '/x.js')('rivers-storage')
    console.log(JSON.stringify(['Storage', 'isStorageError', 'formatPartitionKey', 'LaunchedBy'].map(name => typeof esm[name] !== 'undefined' && esm[name] === cjs[name])))`
  t.deepEqual(await said(source, '--input-type=module'), [[true, true, true, true]])
})

test('it loads in a worker before the main thread has loaded it', async t => {
  const source = `
    const { Worker } = require('node:worker_threads')
    const worker = new Worker("const { Storage } = require('rivers-storage'); const s = Storage.memorySync(); s.kvSetSync('k', Buffer.from('v')); s.closeSync()", { eval: true })
    worker.on('exit', code => {
      const { Storage } = require('rivers-storage')
      const s = Storage.memorySync()
      console.log(JSON.stringify([code, s.kvGetSync('k')]))
      s.closeSync()
    })`
  t.deepEqual(await said(source), [[0, null]])
})

const failing = (
  { Storage, isStorageError }: typeof import('rivers-storage'),
  _: null,
  say: (line: unknown) => void,
): void => {
  try {
    Storage.embeddedSync('')
  } catch (error) {
    say([isStorageError(error), error instanceof Error])
  }
}

test('each thread and process has its own class, and knows the errors of its own', async t => {
  t.deepEqual(await inWorker(failing, null), [[true, true]])
  t.deepEqual(await inChild(failing, null), [[true, true]])
  t.true(isStorageError(t.throws(() => Storage.embeddedSync(''))))
})
