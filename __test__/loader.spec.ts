import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, linkSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  inInstallation,
  patch,
  rewrite,
  target,
  version,
  type Installation,
  type Loaded,
} from './helpers/installation.js'

// Each failure has its real cause; only a system without support is out of reach here (see loader-decisions.spec.ts).

const name = `rivers-storage-${target}`

function refused(
  t: ExecutionContext,
  { isLoaded, reason, message = '' }: Loaded,
  wanted: string,
  ...mentions: RegExp[]
) {
  t.deepEqual([isLoaded, reason], [false, wanted], message)
  t.regex(
    message,
    new RegExp(
      `^rivers-storage ${version.replaceAll('.', '\\.')} cannot load its addon \\(${process.platform} ${process.arch}`,
    ),
  )
  for (const mention of mentions) t.regex(message, mention)
  t.notRegex(message, /npm has|Require stack|undefined/)
}

const installed = (title: string, work: (t: ExecutionContext, installation: Installation) => void): void =>
  test(title, t => inInstallation(installation => work(t, installation)))

installed('the addon of the package of this platform is loaded', (t, i) => {
  t.deepEqual(i.load(), { isLoaded: true })
  const program = `import('rivers-storage').then(({ Storage }) => console.log(Storage.memorySync().type))`
  t.is(i.run(program).trim(), 'Memory')
})

installed('a package that is missing is named, and those that are there instead', (t, i) => {
  i.remove()
  refused(t, i.load(), 'package missing', RegExp(`${name}, .* is not installed`), /--omit=optional/, /lock file/)
  i.add('darwin-arm64')
  refused(t, i.load(), 'package missing', RegExp(name), /other platforms: rivers-storage-darwin-arm64\./)
})

installed('a package of another version is refused before its addon is loaded', (t, i) => {
  i.remove()
  rewrite(i.add(target, '0.0.9'), () => Buffer.from('no addon'))
  refused(t, i.load(), 'wrong version', RegExp(`${name} is of version 0\\.0\\.9; it must be of version`))
})

for (const [title, part] of [
  ['empty', 0],
  ['cut in its header', 1e-6],
  ['cut at a tenth', 0.1],
  ['cut at its end', 0.9999],
] as const) {
  installed(`a file that is ${title} is refused, and does not end the process`, (t, i) => {
    rewrite(i.binary, content => content.subarray(0, Math.floor(content.length * part)))
    refused(
      t,
      i.load(),
      'broken file',
      RegExp(`${name} is damaged`),
      RegExp(`^  ${name}: .*(bytes of|too short|Exec format)`, 'm'),
    )
  })
}

installed('a file that is none of an addon, or gone, is refused', (t, i) => {
  rewrite(i.binary, () => Buffer.alloc(1000, 'text '))
  refused(t, i.load(), 'broken file', /invalid ELF header|Exec format error/)
  rmSync(i.binary)
  refused(t, i.load(), 'file missing', RegExp(`${name} is not there`), RegExp(`${name}: Cannot find module`))
})

// musl looks at neither the processor nor versions of symbols, and the addon for it needs no other library.
if (target.endsWith('-gnu')) {
  installed('a file for another processor is refused', (t, i) => {
    rewrite(i.binary, content => {
      const AARCH64 = 183
      content.writeUint16LE(AARCH64, 18)
      return content
    })
    refused(t, i.load(), 'broken file', /for another processor/)
  })

  installed('the glibc found and the glibc needed are named', (t, i) => {
    patch(i.binary, /GLIBC_2\.\d\d\0/, 'GLIBC_2.99\0')
    const [, found] = i.run('console.log(process.report.getReport().header.glibcVersionRuntime)').match(/(\S+)/)!
    const loaded = i.load()
    refused(t, loaded, 'old glibc', RegExp(`needs glibc 2\\.99 or newer; this system has glibc ${found}\\.`))
    t.regex(loaded.cause!, /version `GLIBC_2\.99' not found/)
  })

  installed('a library that the system lacks is named', (t, i) => {
    // The published addon, which zig links, does not need libstdc++.
    patch(i.binary, /libstdc\+\+\.so\.6\0|libpthread\.so\.0\0/, 'libstdc++.so.9\0')
    refused(t, i.load(), 'missing library', /needs libstdc\+\+\.so\.9, which/, /'libstdc\+\+6' on Debian/)
  })
}

installed('where the addon of the libc of this system fails, the other is tried, and both errors are told', (t, i) => {
  const other = target.endsWith('-gnu') ? target.replace('-gnu', '-musl') : target.replace('-musl', '-gnu')
  rewrite(i.binary, content => content.subarray(0, 1000))
  const otherBinary = i.add(other)
  t.deepEqual(i.load(), { isLoaded: true })
  rewrite(otherBinary, () => Buffer.from('text'))
  refused(
    t,
    i.load(),
    'broken file',
    RegExp(`^  ${name}: .* 1000 bytes`, 'm'),
    RegExp(`^  rivers-storage-${other}: .*(too short|Exec format)`, 'm'),
  )
})

installed('disabled addons are told apart', (t, i) => {
  refused(t, i.load({ switches: ['--no-addons'] }), 'no addons', /--no-addons/)
  refused(t, i.load({ env: { NODE_OPTIONS: '--no-addons' } }), 'no addons', /NODE_OPTIONS/)
  const work = `try { require('rivers-storage') } catch ({ reason }) { console.log(reason) }`
  const options = JSON.stringify({ eval: true, execArgv: ['--no-addons'] })
  t.is(i.run(`new (require('worker_threads').Worker)(${JSON.stringify(work)}, ${options})`).trim(), 'no addons')
})

/** The command of a Node for a platform without an addon, such as ppc64 by an emulator. */
const foreign = process.env.TEST_UNSUPPORTED_NODE?.split(' ')
;(foreign ? test : test.skip)('a platform without an addon is named (needs TEST_UNSUPPORTED_NODE)', t =>
  inInstallation(i => {
    const { isLoaded, reason, message = '' } = i.load({ node: foreign })
    t.deepEqual([isLoaded, reason], [false, 'unsupported platform'], message)
    t.regex(message, /no addon for this platform. There are addons for darwin-arm64, .*, win32-x64-msvc\./)
  }),
)

/** Other versions of Node to test with: the paths of their programs. */
const nodes = [process.execPath, ...(process.env.TEST_NODES ?? '').split(delimiter).filter(Boolean)]
for (const node of nodes) {
  installed(`the permission model is named: ${node === process.execPath ? process.version : node}`, (t, i) => {
    const major = Number(i.run('console.log(process.versions.node.split(".")[0])', { node: [node] }))
    const model = [major < 22 ? '--experimental-permission' : '--permission', '--allow-fs-read=*']
    const load = (...switches: string[]): Loaded => i.load({ node: [node], switches: [...model, ...switches] })
    refused(t, load(), 'permission', /permission model/, /--allow-addons/)
    refused(t, load('--allow-addons', '--no-addons'), 'no addons')
    t.deepEqual(load('--allow-addons'), { isLoaded: true })
    // Without the right to see the rest of the system, nothing but the report tells the libc.
    const narrow = [model[0]!, `--allow-fs-read=${i.folder}/*`, '--allow-addons']
    t.deepEqual(i.load({ node: [node], switches: narrow }), { isLoaded: true })
  })
}

installed('RIVERS_STORAGE_BINARY names the only file that is tried', (t, i) => {
  const env = { RIVERS_STORAGE_BINARY: i.binary }
  writeFileSync(join(i.platformFolder(), 'package.json'), '{}')
  t.deepEqual(i.load({ env }), { isLoaded: true })
  t.deepEqual(i.load({ env: { RIVERS_STORAGE_BINARY: i.binary.slice(i.folder.length + 1) } }), { isLoaded: true })
  rewrite(i.binary, content => content.subarray(0, 1000))
  refused(t, i.load({ env }), 'broken file', RegExp(`^  ${i.binary}: .* 1000 bytes`, 'm'))
  refused(
    t,
    i.load({ env: { RIVERS_STORAGE_BINARY: 'gone.node' } }),
    'no such file',
    /RIVERS_STORAGE_BINARY/,
    /gone\.node/,
  )
})

installed('RIVERS_STORAGE_BINARY is refused with a name that Node does not take for an addon', (t, i) => {
  const named = (name: string): Loaded => i.load({ env: { RIVERS_STORAGE_BINARY: join(i.folder, name) } })
  const refusedBy = (name: string, other = name): void =>
    refused(t, named(name), 'wrong name', /copy it to a name that ends in \.node/i, RegExp(`${other} does not end in`))
  linkSync(i.binary, join(i.folder, 'librivers_storage_node.so'))
  refusedBy('librivers_storage_node.so')
  writeFileSync(join(i.folder, 'main.js'), `console.log('it ran')`)
  refusedBy('main.js')
  refusedBy('node_modules')
  refusedBy('gone.so')
  symlinkSync('librivers_storage_node.so', join(i.folder, 'link.node'))
  refusedBy('link.node', 'librivers_storage_node\\.so')
  symlinkSync(i.binary, join(i.folder, 'good.node'))
  t.deepEqual(named('good.node'), { isLoaded: true })
})

const succeeds = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0

/** What root needs to be bound by the rights of a file; undefined if it cannot be had. */
function boundByRights(): string[] | undefined {
  if (process.platform === 'win32') return undefined
  if (process.getuid!() !== 0) return []
  const setpriv = ['setpriv', '--bounding-set=-dac_override,-dac_read_search']
  return succeeds(setpriv[0]!, ...setpriv.slice(1), 'true') ? setpriv : undefined
}

const bound = boundByRights()
;(bound ? test : test.skip)('a file that may not be read is told from a damaged one (as root, needs setpriv)', t =>
  inInstallation(i => {
    rewrite(i.binary, content => content)
    chmodSync(i.binary, 0)
    const loaded = i.load({ node: [...bound!, process.execPath] })
    refused(t, loaded, 'access denied', RegExp(`load ${name}`), /right to read/, /noexec/)
    t.regex(loaded.cause!, /Permission denied/)
  }),
)

const mounts = process.platform === 'linux' && succeeds('unshare', '--mount', 'true')
;(mounts ? test : test.skip)('a file system without the right to execute is told (needs root and unshare)', t =>
  inInstallation(i => {
    const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,noexec "$0" && exec "$@"'
    const node = ['unshare', '--mount', 'sh', '-c', mount, i.folder, process.execPath]
    refused(t, i.load({ node }), 'access denied', RegExp(`load ${name}`), /noexec/)
  }),
)

const qemu =
  process.arch === 'x64' &&
  (process.env.PATH ?? '')
    .split(delimiter)
    .map(dir => join(dir, 'qemu-x86_64'))
    .find(existsSync)
;(qemu ? test : test.skip)('a processor without x86-64-v2 gets a message, no SIGILL (needs qemu-user)', t =>
  inInstallation(i => {
    const on = (cpu: string): Loaded => i.load({ node: [qemu as string, '-cpu', cpu, process.execPath] })
    refused(t, on('qemu64'), 'old processor', /x86-64-v2/, /SSE4\.1/)
    t.deepEqual(on('Nehalem'), { isLoaded: true })
  }),
)

installed('a platform names the path of its addon', (t, i) => {
  const path = `rivers-storage/${target}`
  t.is(i.run(`console.log(require('${path}'))`).trim(), i.binary)
  t.is(i.run(`import('${path}').then(({ default: path }) => console.log(path))`).trim(), i.binary)
  t.regex(i.run(`require('rivers-storage/darwin-arm64')`), /not installed.*npm install --os=darwin --cpu=arm64/)
  i.remove()
  i.add(target, '0.0.9')
  const outdated = i.run(`require('${path}')`)
  t.true(
    outdated.includes(`${name} is of version 0.0.9, not ${version}. Delete node_modules and install again.`),
    outdated,
  )
})

test('every target of the package is written out where bundlers see it', async t => {
  const { TARGETS } = await import('../lib/loader/targets.js')
  const source = readFileSync('binding.js', 'utf8')
  for (const target of TARGETS) {
    for (const wanted of [
      `./rivers-storage.${target}.node`,
      `rivers-storage-${target}/rivers-storage.${target}.node`,
      `rivers-storage-${target}/package.json`,
    ]) {
      t.true(source.includes(`require('${wanted}')`), wanted)
    }
    t.true(existsSync(join('lib', 'platforms', `${target}.js`)))
    t.true(existsSync(join('npm', target)))
  }
})
