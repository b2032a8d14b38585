import test from 'ava'
import { faultsOf, host, refused } from './helpers/checked-addons.js'
import { madeElf, madeMachO, madePe } from './helpers/made-addons.js'
import { newSeed, Random } from './helpers/random.js'
import { inTempDir } from './helpers/temp.js'

// Files that a copy or a disk has damaged: the check of addons has to end, and to say so.

const onGlibc = process.platform === 'linux' ? test : test.skip

test('a file that is cut is refused, one with another byte is refused or read, and nothing else happens', t =>
  inTempDir(async dir => {
    const files: [platform: string, file: Buffer][] = [
      ...(process.platform === 'linux' ? ([[host, madeElf(dir)]] as [string, Buffer][]) : []),
      ['darwin-arm64', madeMachO()],
      ['win32-x64-msvc', madePe()],
    ]
    const random = new Random(newSeed())
    t.log(`SEED=${random.seed}`)
    for (const [platform, file] of files) {
      for (let length = 0; length < file.length; length++) {
        const [fault = '', ...others] = faultsOf(file.subarray(0, length), platform)
        t.regex(fault, /^it is (cut or damaged|no addon of any platform)/, `${platform}, ${length} bytes`)
        t.is(others.length, 0)
      }
      for (let round = 0; round < 2000; round++) {
        const copy = Buffer.from(file)
        const at = random.below(file.length)
        copy[at] = random.below(256)
        t.notThrows(() => faultsOf(copy, platform), `${platform}, byte ${at}`)
      }
    }
  }))

onGlibc('a list of versions that leads through the whole file is damaged, however long', t =>
  inTempDir(async dir => {
    const file = madeElf(dir)
    const [headers, size] = [Number(file.readBigUInt64LE(0x28)), 64]
    const places = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => headers + index * size)
    const versions = places.find(at => file.readUInt32LE(at + 4) === 0x6ffffffe)!
    // Every word is the distance to the next entry, so each of a million libraries has all versions behind it.
    const chain = Buffer.alloc(4 << 20, Buffer.from([4, 0, 0, 0]))
    file.writeBigUInt64LE(BigInt(file.length), versions + 24)
    refused(t, host, Buffer.concat([file, chain, Buffer.alloc(32)]), 'it is cut or damaged: its tables overlap')
  }),
)

test('a table that names one long text again and again is damaged', t => {
  const [names, text, end] = [4096, 4 << 20, 8 << 20]
  const file = Buffer.alloc(end, 'a')
  madePe().copy(file)
  file[end - 1] = 0
  const [firstSection, exported, addressOf] = [64 + 24 + 240, 1024 + 512, (at: number) => at - 1024 + 0x1000]
  file.writeUInt32LE(end - 1024, firstSection + 16)
  file.writeUInt32LE(500_000, exported + 24)
  file.writeUInt32LE(addressOf(names), exported + 32)
  for (let at = names; at < text; at += 4) file.writeUInt32LE(addressOf(text), at)
  refused(t, 'win32-x64-msvc', file, 'it is cut or damaged: its tables overlap')
})
