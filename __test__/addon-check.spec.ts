import test from 'ava'
import { checkAddon, recordedSize } from '../scripts/release/check.js'
import { platforms } from '../scripts/release/packages.js'
import { accepted, faultsOf, host, NO_SIZES, refused } from './helpers/checked-addons.js'
import { madeElf, madeMachO, madePe } from './helpers/made-addons.js'
import { inTempDir } from './helpers/temp.js'

// Small files with one fault each, beside one of each format that has none.

const unstripped = 'it is not stripped, so not of the profile dist'

const onGlibc = process.platform === 'linux' ? test : test.skip

onGlibc('an addon for Linux is accepted, and refused with each fault', t =>
  inTempDir(async dir => {
    const made = (options?: Parameters<typeof madeElf>[1]) => madeElf(dir, options)
    accepted(t, host, made())
    refused(t, host, made({ isStripped: false }), unstripped)
    refused(t, host, made({ body: 'a + 1' }), 'it lacks the instruction for CRC-32C')
    refused(t, host, made({ more: 'SEEN int bz_internal_error = 1;' }), 'it exports bz_internal_error')
    refused(t, host, made({ flags: ['-lstdc++'] }), 'it needs libstdc++.so.6')
    const thrown = made({
      more: 'void *__cxa_begin_catch(void *); SEEN void *more(void) { return __cxa_begin_catch(0); }',
      flags: ['-lstdc++'],
    })
    refused(
      t,
      host,
      thrown,
      'it needs libstdc++.so.6',
      'it needs symbols of CXXABI_1.3; none of CXXABI is allowed',
      'it exports more',
    )
    refused(t, host, made({ flags: ['-lgcc_s'] }), 'it needs libgcc_s.so.1')
    const renamed = made({ flags: ['-Dnapi_register_module_v1=other'] })
    refused(t, host, renamed, 'it does not export napi_register_module_v1', 'it exports other')
    // arc4random came with glibc 2.36.
    const newer = made({ more: 'unsigned arc4random(void); SEEN unsigned other(void) { return arc4random(); }' })
    refused(t, host, newer, /^it needs symbols of GLIBC_2\.36; 2\.17 /, 'it exports other')
    // One sentence for both functions: that of the newer version.
    const both = made({
      more: `unsigned arc4random(void); int gettid(void);
        SEEN unsigned other(void) { return arc4random() + gettid(); }`,
    })
    refused(t, host, both, /^it needs symbols of GLIBC_2\.36; /, 'it exports other')
    // These symbols have no number, because each version of glibc may change them.
    const inner = made({ more: 'int __mmap(void); SEEN int other(void) { return __mmap(); }' })
    refused(t, host, inner, 'it needs symbols of GLIBC_PRIVATE; none of GLIBC_PRIVATE is allowed', 'it exports other')
    const many = Array.from({ length: 8 }, (_, index) => `SEEN int other${index};`)
    t.is(faultsOf(made({ more: many.join(' ') }), host).at(-1), 'it exports 3 more names')
  }),
)

onGlibc('a file for another processor or libc, and a file that is none, are refused', t =>
  inTempDir(async dir => {
    const file = madeElf(dir)
    const changed = (change: (copy: Buffer) => void) => {
      const copy = Buffer.from(file)
      change(copy)
      return copy
    }
    for (const platform of Object.keys(platforms).filter(name => name !== host))
      refused(t, platform, file, `it is for ${host}`)
    for (const text of ['', 'text', host.repeat(100)])
      refused(t, host, Buffer.from(text), 'it is no addon of any platform')
    const [other, machine] = process.arch === 'x64' ? ['arm64', 183] : ['x64', 62]
    refused(
      t,
      host,
      changed(copy => copy.writeUInt16LE(machine, 0x12)),
      `it is for linux-${other}-gnu`,
    )
    refused(
      t,
      host,
      changed(copy => copy.writeUInt16LE(43, 0x12)),
      'it is for none of the platforms',
    )
    const withLibc = (name: string) =>
      changed(copy => copy.write(name.padEnd(9, '\0'), copy.lastIndexOf('libc.so.6\0')))
    refused(t, host, withLibc('libc.so'), `it is for linux-${process.arch}-musl`)
    refused(t, host, withLibc('libc.so.7'), 'it is for none of the platforms')
  }),
)

/** A library for x64 as one for arm64: its machine, and the instruction for CRC-32C in place of that of x64. */
function forArm64(file: Buffer): Buffer {
  const copy = Buffer.from(file)
  copy.writeUInt16LE(183, 0x12)
  const at = copy.indexOf('f2480f38f1', 'hex')
  if (at >= 0) copy.writeUInt32LE(0x9ac15c00, at & ~3)
  return copy
}

onGlibc('an addon for musl or arm64 is accepted, and refused with libraries of others', t =>
  inTempDir(async dir => {
    const made = (libc: string, ...flags: string[]): Buffer => {
      const file = madeElf(dir, { flags })
      file.write(libc.padEnd(9, '\0'), file.lastIndexOf('libc.so.6\0'))
      return file
    }
    const musl = `linux-${process.arch}-musl`
    accepted(t, musl, made('libc.so'))
    refused(t, musl, made('libc.so', '-lstdc++'), 'it needs libstdc++.so.6')
    refused(t, musl, made('libc.so', '-lgcc_s'), 'it needs libgcc_s.so.1')
    if (process.arch !== 'x64') return
    accepted(t, 'linux-arm64-gnu', forArm64(made('libc.so.6')))
    accepted(t, 'linux-arm64-musl', forArm64(made('libc.so')))
    refused(t, 'linux-arm64-gnu', forArm64(made('libc.so.6', '-lgcc_s')), 'it needs libgcc_s.so.1')
    const without = forArm64(madeElf(dir, { body: 'a + 1' }))
    refused(t, 'linux-arm64-gnu', without, 'it lacks the instruction for CRC-32C')
  }),
)

// Types of symbols: of a section, of a source file, and the mark that Apple's strip leaves.
const [LOCAL, DEBUG, STRIPPED_BY_APPLE] = [0x0e, 0x64, 0x3c]
const IOS = 2

test('an addon for macOS is accepted, and refused with each fault', t => {
  for (const architecture of ['x64', 'arm64'] as const) {
    const platform = `darwin-${architecture}`
    accepted(t, platform, madeMachO({ architecture }))
    const more = ['_napi_register_module_v1', '_other']
    refused(t, platform, madeMachO({ architecture, exports: more }), 'it exports other')
    refused(t, platform, madeMachO({ architecture, exports: [] }), 'it does not export napi_register_module_v1')
    for (const type of [LOCAL, DEBUG]) refused(t, platform, madeMachO({ architecture, inner: type }), unstripped)
    accepted(t, platform, madeMachO({ architecture, inner: STRIPPED_BY_APPLE }))
    accepted(t, platform, madeMachO({ architecture, library: '/System/Library/Frameworks/A.framework/A' }))
    for (const library of [
      '/opt/homebrew/lib/libsnappy.1.dylib',
      '@rpath/libc++.1.dylib',
      '/usr/local/lib/liblz4.dylib',
    ])
      refused(t, platform, madeMachO({ architecture, library }), `it needs ${library}`)
    refused(t, platform, madeMachO({ architecture, oldest: [13, 0] }), /^its oldest macOS is 13\.0, not 1/)
    refused(t, platform, madeMachO({ architecture, code: Buffer.alloc(16) }), 'it lacks the instruction for CRC-32C')
    refused(t, platform, madeMachO({ architecture, system: IOS }), 'it states no oldest macOS')
  }
  refused(t, 'darwin-x64', madeMachO(), 'it is for darwin-arm64')
})

test('an addon for Windows is accepted, and refused with each fault', t => {
  for (const architecture of ['x64', 'arm64'] as const) {
    const platform = `win32-${architecture}-msvc`
    accepted(t, platform, madePe({ architecture }))
    const more = ['napi_register_module_v1', 'other']
    refused(t, platform, madePe({ architecture, exports: more }), 'it exports other')
    refused(t, platform, madePe({ architecture, exports: [] }), 'it does not export napi_register_module_v1')
    for (const library of ['VCRUNTIME140_1.dll', 'MSVCP140.dll'])
      refused(t, platform, madePe({ architecture, library }), `it needs ${library}`)
    refused(t, platform, madePe({ architecture, code: Buffer.alloc(16) }), 'it lacks the instruction for CRC-32C')
    refused(t, platform, madePe({ architecture, unnamed: 1 }), 'it exports number 2')
    refused(t, platform, madePe({ architecture, symbols: 1 }), unstripped)
  }
})

const page = (bytes: number) => `| \`rivers-storage-win32-x64-msvc\` | Windows 10 | ${bytes / 1e6} MB |`

test('an addon that outgrew its size in docs/install.md is refused', t => {
  const file = madePe()
  t.is(recordedSize(page(4096), 'win32-x64-msvc'), 4096)
  t.deepEqual(faultsOf(file, 'win32-x64-msvc', page(3600)), [])
  t.regex(faultsOf(file, 'win32-x64-msvc', page(3500)).join(), /^it has .*, over 15 % more than the/)
  t.regex(checkAddon(file, 'win32-x64-msvc', NO_SIZES).summary, /docs\/install\.md has no size of it/)
})
