import { readFileSync, readdirSync } from 'node:fs'
import test from 'ava'
import { causeOf, type Disabling } from '../lib/loader/cause.js'
import { elfSize } from '../lib/loader/elf.js'
import { libcOrder, loaderPaths, type ProcessReport } from '../lib/loader/libc.js'
import { messageOf } from '../lib/loader/message.js'
import { problemOf, type Attempt } from '../lib/loader/problem.js'
import { lackingInstructions } from '../lib/loader/processor.js'
import { TARGETS, targetsOf, type Target } from '../lib/loader/targets.js'

// The decisions of the loader, for machines that are not this one. Messages are made by their real causes in loader.spec.ts.

test('each platform has its target; on Linux that of the other libc comes second', t => {
  t.deepEqual(targetsOf('darwin', 'arm64', []), ['darwin-arm64'])
  t.deepEqual(targetsOf('win32', 'x64', []), ['win32-x64-msvc'])
  t.deepEqual(targetsOf('linux', 'x64', ['glibc', 'musl']), ['linux-x64-gnu', 'linux-x64-musl'])
  t.deepEqual(targetsOf('linux', 'arm64', ['musl', 'glibc']), ['linux-arm64-musl', 'linux-arm64-gnu'])
  for (const [platform, arch] of [
    ['linux', 'arm'],
    ['android', 'arm64'],
    ['win32', 'ia32'],
    ['freebsd', 'x64'],
  ]) {
    t.deepEqual(targetsOf(platform!, arch!, ['glibc', 'musl']), [])
  }
  t.deepEqual([...TARGETS].toSorted(), readdirSync('npm').toSorted() as Target[])
})

const first = (glibc: boolean, musl: boolean, report?: ProcessReport): string =>
  libcOrder({ glibc, musl }, () => {
    if (!report) throw new Error('the report was made')
    return report
  })[0]

test('the loaders in /lib tell the libc, and no report is made', t => {
  t.is(first(true, false), 'glibc')
  // Also Bun on Alpine, whose report says nothing, and Deno there, which reports a glibc.
  t.is(first(false, true), 'musl')
  t.is(loaderPaths('x64').musl, '/lib/ld-musl-x86_64.so.1')
  t.is(loaderPaths('arm64').musl, '/lib/ld-musl-aarch64.so.1')
})

test('with the loaders of both or of none the report tells the libc', t => {
  const glibc = { header: { glibcVersionRuntime: '2.36' }, sharedObjects: ['/lib/x86_64-linux-gnu/libc.so.6'] }
  const musl = { header: {}, sharedObjects: ['/usr/lib/libstdc++.so.6', '/lib/ld-musl-x86_64.so.1'] }
  for (const both of [true, false]) {
    t.is(first(both, both, glibc), 'glibc')
    t.is(first(both, both, { header: glibc.header }), 'glibc')
    t.is(first(both, both, musl), 'musl')
    t.is(first(both, both, { ...musl, header: glibc.header }), 'musl')
  }
  t.is(first(true, true, {}), 'musl')
  t.is(first(false, false, {}), 'glibc')
})

test('instructions that the processor lacks are named', t => {
  const nehalem = 'flags\t\t: fpu sse sse2 ht pni ssse3 cx16 sse4_1 sse4_2 popcnt lahf_lm\nbugs\t\t:'
  t.deepEqual(lackingInstructions(nehalem, true), [])
  // Penryn, which has what V8 asks for.
  const penryn = nehalem.replace(' sse4_2 popcnt', '')
  t.deepEqual(lackingInstructions(penryn, true), ['POPCNT', 'SSE4.2'])
  t.deepEqual(lackingInstructions(nehalem, false), ['SSE4.1'])
  t.deepEqual(lackingInstructions('', false), ['SSE4.1'])
  t.deepEqual(lackingInstructions('', undefined), [])
  t.deepEqual(lackingInstructions('processor\t: 0\n', true), [])
})

test('the size of an ELF file is read from its header', t => {
  const node = readFileSync(process.execPath)
  if (process.platform === 'linux') t.true(elfSize(node.subarray(0, 64))! <= node.length)
  t.is(elfSize(node.subarray(0, 63)), undefined)
  t.is(elfSize(Buffer.alloc(64, 'text')), undefined)
})

const dlopen = (message: string) => problemOf(Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' }), true)

test('the errors of the dynamic loaders of other systems are told apart', t => {
  const musl = 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory (needed by /a/b.node)'
  t.deepEqual(dlopen(musl), { kind: 'other libc' })
  t.deepEqual(dlopen('Error relocating /a/b.node: __strdup: symbol not found'), { kind: 'other libc' })
  const onGlibc = 'libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory'
  t.deepEqual(dlopen(onGlibc), { kind: 'other libc' })
  const alpine = 'Error loading shared library libstdc++.so.6: No such file or directory (needed by /a/b.node)'
  t.deepEqual(dlopen(alpine), { kind: 'library', needed: 'libstdc++.so.6' })
  t.deepEqual(dlopen("/lib/libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /a/b.node)"), {
    kind: 'library',
    needed: 'libstdc++ with GLIBCXX_3.4.30',
  })
  t.deepEqual(dlopen('/a/b.node: CPU ISA level is lower than required'), { kind: 'processor' })
  t.deepEqual(dlopen('/a/b.node: failed to map segment from shared object'), { kind: 'access' })
  t.deepEqual(dlopen('/a/b.node: failed to map segment from shared object: Operation not permitted'), {
    kind: 'access',
  })
  t.deepEqual(dlopen('Error loading shared library /a/b.node: Permission denied'), { kind: 'access' })
  t.deepEqual(dlopen('Access is denied.\r\n\\\\?\\C:\\b.node'), { kind: 'access' })
  t.deepEqual(dlopen('/a/b.node: failed to map segment from shared object: Cannot allocate memory'), { kind: 'other' })
  t.deepEqual(dlopen("dlopen(/a/b.node, 0x0001): tried: '/a/b.node' (slice is not valid mach-o file)"), {
    kind: 'broken',
  })
  t.deepEqual(dlopen('\\\\?\\C:\\b.node is not a valid Win32 application.'), { kind: 'broken' })
})

const attempt = (target: Target | undefined, kind: 'absent' | 'other libc' | 'broken' | 'disabled'): Attempt => ({
  source: target ?? '/named.node',
  target,
  problem: { kind },
  error: new Error(kind),
})
const NOTHING: Disabling = { switches: [], hasPermissionModel: false }

test('the cause is what failed with an addon for this system', t => {
  const reason = (attempts: Attempt[], disabling = NOTHING) => causeOf(attempts, disabling).reason
  const [gnu, musl] = ['linux-x64-gnu', 'linux-x64-musl'] as const
  t.is(reason([]), 'unsupported platform')
  // A project that was installed on Alpine.
  t.deepEqual(causeOf([attempt(gnu, 'absent'), attempt(musl, 'other libc')], NOTHING), {
    reason: 'package missing',
    target: gnu,
  })
  t.is(reason([attempt(gnu, 'absent'), attempt(musl, 'broken')]), 'broken file')
  t.is(reason([attempt(undefined, 'other libc')]), 'other libc')
  const disabled = [attempt(gnu, 'disabled')]
  t.is(reason(disabled, { switches: [], hasPermissionModel: true }), 'permission')
  t.is(reason(disabled, { switches: ['--no-addons'], hasPermissionModel: true }), 'no addons')
})

test('the message for a platform without an addon names those that have one', t => {
  const message = messageOf(
    { reason: 'unsupported platform' },
    {
      version: '1.2.3',
      platform: 'freebsd',
      arch: 'x64',
      libc: undefined,
      runtime: 'Node',
      runtimeVersion: '20.0.0',
      attempts: [],
      installedTargets: [],
    },
  )
  t.regex(message, /^rivers-storage 1\.2\.3 cannot load its addon \(freebsd x64, Node 20\.0\.0\)\.\n/)
  for (const target of TARGETS) t.true(message.includes(target))
})
