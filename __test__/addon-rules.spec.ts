import test, { type ExecutionContext } from 'ava'
import { hasCrc32, type AddonFacts } from '../scripts/release/addon/facts.js'
import { faultsOf } from '../scripts/release/addon/rules.js'

// The rules on facts alone, for platforms that this machine has no compiler for.

const words = (...values: number[]): Buffer => {
  const code = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => code.writeUInt32LE(value, index * 4))
  return code
}

const good: AddonFacts = {
  os: 'linux',
  architecture: 'arm64',
  libraries: ['libc.so'],
  exports: ['napi_register_module_v1'],
  versions: [],
  hasSymbols: false,
  code: words(0x9ac15c00),
}
const onGlibc = { ...good, libraries: ['libc.so.6', 'ld-linux-aarch64.so.1'], versions: ['GLIBC_2.17'] }

function refused(t: ExecutionContext, platform: string, facts: AddonFacts, ...faults: string[]): void {
  const found = faultsOf(facts, platform, { size: 1, recorded: undefined })
  t.deepEqual(
    found.map(({ fault }) => fault),
    faults,
  )
  t.true(found.every(({ reason }) => reason !== undefined))
}

const needs = (...libraries: string[]): AddonFacts => ({ ...good, libraries })

test('on musl, an addon needs the libc of its architecture and nothing else', t => {
  for (const libc of ['libc.so', 'libc.musl-aarch64.so.1']) {
    refused(t, 'linux-arm64-musl', needs(libc))
    for (const other of ['libstdc++.so.6', 'libgcc_s.so.1', 'libc.musl-x86_64.so.1', 'ld-linux-aarch64.so.1'])
      refused(t, 'linux-arm64-musl', needs(libc, other), `it needs ${other}`)
  }
})

test('of glibc, versions up to 2.17 are allowed, and no mark without a number', t => {
  const platform = 'linux-arm64-gnu'
  const needsVersions = (...versions: string[]) => ({ ...onGlibc, versions: ['GLIBC_2.17', ...versions] })
  refused(t, platform, needsVersions('GLIBC_2.4', 'GLIBC_2.2.5'))
  for (const newer of ['2.17.1', '2.18', '2.100', '3.0'])
    refused(
      t,
      platform,
      needsVersions(`GLIBC_${newer}`),
      `it needs symbols of GLIBC_${newer}; 2.17 is the newest glibc allowed`,
    )
  for (const mark of ['GLIBC_ABI_DT_RELR', 'GLIBC_PRIVATE'])
    refused(t, platform, needsVersions(mark), `it needs symbols of ${mark}; none of ${mark} is allowed`)
  const otherLoader = { ...onGlibc, libraries: ['libc.so.6', 'ld-linux-x86-64.so.2'] }
  refused(t, platform, otherLoader, 'it needs ld-linux-x86-64.so.2')
})

test('each width of the instruction for CRC-32C counts on arm64, and no other instruction', t => {
  const has = (word: number) => hasCrc32({ ...good, code: words(0xd503201f, word) })
  for (const word of [0x1ac05000, 0x1ac15442, 0x1adf5bff, 0x9ac05c00, 0x9adf5fff]) t.true(has(word), word.toString(16))
  // CRC-32 of zip, and the same bits without those of the instruction.
  for (const word of [0x1ac04000, 0x9ac04c00, 0x1ac05c00, 0x9ac05000, 0]) t.false(has(word), word.toString(16))
  t.false(hasCrc32({ ...good, code: words(0x9ac05c00).subarray(0, 3) }))
})

test('on macOS, a file states the oldest system that the documents name', t => {
  const onMac: AddonFacts = {
    ...good,
    os: 'darwin',
    exports: ['_napi_register_module_v1'],
    libraries: ['/usr/lib/libSystem.B.dylib'],
  }
  refused(t, 'darwin-arm64', { ...onMac, minimumOs: '11.0' })
  refused(t, 'darwin-arm64', onMac, 'it states no oldest macOS')
  for (const minimumOs of ['10.15', '11.1', '14.0'])
    refused(t, 'darwin-arm64', { ...onMac, minimumOs }, `its oldest macOS is ${minimumOs}, not 11.0`)
})
