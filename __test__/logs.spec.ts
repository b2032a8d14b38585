import type { NewLog, StoredLog } from 'rivers-storage'
import { embedded, everywhere } from './helpers/everywhere.js'
import { bad, rejects } from './helpers/rejects.js'

const ids = (logs: StoredLog[]): string[] => logs.map(log => log.id)
const log: NewLog = { runId: 'r', stepKey: 's' }

everywhere('a log comes back as it was stored', async (t, s) => {
  const full: NewLog = {
    id: 'mine',
    runId: 'r',
    stepKey: 's 🚀',
    timestamp: -5,
    stdout: 'line\nline\0\n',
    stderr: '',
    logs: 'x'.repeat(1_000_000),
    traceback: 'at line 1',
  }
  t.deepEqual(await s.storeRunLogs([full]), ['mine'])
  t.deepEqual(await s.getRunLogs('r'), [full as StoredLog])
})

everywhere('what is left out, or null where it may be, is null or now', async (t, s) => {
  const before = Date.now()
  const none = { stdout: null, stderr: null, logs: null, traceback: null }
  const stored = await s.storeRunLogs([log, { ...log, ...none }])
  const logs = await s.getRunLogs('r')
  t.true(Math.abs(logs[0]!.timestamp - before) < 5_000)
  t.deepEqual(
    logs,
    stored.map((id, i) => ({ ...log, ...none, id, timestamp: logs[i]!.timestamp })),
  )
})

everywhere('logs of a run are listed oldest first, in the order of storing among equals, all of them', async (t, s) => {
  const stored = await s.storeRunLogs(Array.from({ length: 150 }, (_, i) => ({ ...log, timestamp: i % 3 })))
  await s.storeRunLogs([{ ...log, runId: 'rr', timestamp: 0 }])
  const expected = [0, 1, 2].flatMap(time => stored.filter((_, i) => i % 3 === time))
  t.deepEqual(ids(await s.getRunLogs('r')), expected)
  t.deepEqual(await s.getRunLogs('unknown'), [])
  t.deepEqual(await s.storeRunLogs([]), [])
})

everywhere('an id that comes again changes nothing, one of another log is a conflict', async (t, s) => {
  const mine = { ...log, id: 'mine', timestamp: 1, stdout: 'first' }
  t.deepEqual(await s.storeRunLogs([mine, mine]), ['mine', 'mine'])
  t.deepEqual(await s.storeRunLogs([{ ...mine, stdout: 'second' }]), ['mine'])
  const logs = await s.getRunLogs('r')
  t.deepEqual(
    logs.map(({ id, stdout }) => [id, stdout]),
    [['mine', 'first']],
  )
  for (const other of [{ runId: 'other' }, { stepKey: 'other' }]) {
    await rejects(
      t,
      'ERR_CONFLICT',
      () =>
        s.storeRunLogs([
          { ...log, runId: 'new' },
          { ...mine, ...other },
        ]),
      /mine/,
    )
  }
  t.deepEqual(await s.getRunLogs('r'), logs)
  t.deepEqual(await s.getRunLogs('new'), [])
})

everywhere('one bad log spoils its batch', async (t, s) => {
  const cases: [RegExp, Partial<NewLog>][] = [
    [/logs\[1\]\.id/, { id: bad(1) }],
    [/logs\[1\]\.runId/, { runId: '\ud800' }],
    [/logs\[1\]\.stepKey/, { stepKey: bad(null) }],
    [/logs\[1\]\.timestamp/, { timestamp: Number.NaN }],
    [/logs\[1\]\.stdout/, { stdout: bad(Buffer.from('text')) }],
    [/logs\[1\]\.stderr/, { stderr: '\ud800' }],
    [/logs\[1\]\.logs/, { logs: bad(['text']) }],
    [/logs\[1\]\.traceback/, { traceback: bad(new Error('text')) }],
  ]
  for (const [mention, wrong] of cases) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.storeRunLogs([log, { ...log, ...wrong }]), mention)
  }
  for (const logs of [null, undefined, {}, 'x', [null]]) {
    await rejects(t, 'ERR_INVALID_ARG', () => s.storeRunLogs(bad(logs)), /logs/)
  }
  t.deepEqual(await s.getRunLogs('r'), [])
})

embedded('logs are seen from every code location and stay', async (t, open) => {
  const a = await open({ codeLocation: 'a' })
  const b = await open({ codeLocation: 'b' })
  await a.s.storeRunLogs([{ ...log, id: 'mine' }])
  t.deepEqual(await b.s.storeRunLogs([{ ...log, id: 'mine' }, log]).then(stored => stored[0]), 'mine')
  const logs = await a.s.getRunLogs('r')
  t.is(logs.length, 2)
  t.deepEqual(await b.s.getRunLogs('r'), logs)
  await a.s.close()
  await b.s.close()
  t.deepEqual(await (await open()).s.getRunLogs('r'), logs)
})
