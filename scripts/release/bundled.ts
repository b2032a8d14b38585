import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stop } from '../setup/run.mjs'
import type { Crate } from './crates.js'

/** C or C++ code that a crate compiles into the addon. */
export interface Bundled {
  name: string
  version: string
  licence: string
}

interface Source {
  name: string
  /** That of the crate, unless it differs. */
  licence?: string
  /** Where its version stands: in a file of the crate, or behind the `+` of the crate's own version. */
  file?: string
  version: RegExp
}

const behindPlus = /\+(?:[a-z\d]+[-.])??(\d+\.\d+\.\d+)/

const sources: Record<string, Source[]> = {
  'surrealdb-librocksdb-sys': [
    { name: 'rocksdb', licence: 'Apache-2.0 AND BSD-3-Clause', version: behindPlus },
    { name: 'snappy', licence: 'BSD-3-Clause', file: 'snappy/CMakeLists.txt', version: /Snappy VERSION ([\d.]+)/ },
  ],
  'lz4-sys': [{ name: 'lz4', licence: 'BSD-2-Clause', version: behindPlus }],
  'zstd-sys': [{ name: 'zstd', licence: 'BSD-3-Clause', version: behindPlus }],
  'bzip2-sys': [{ name: 'bzip2', licence: 'bzip2-1.0.6', version: behindPlus }],
  'libz-sys': [{ name: 'zlib', licence: 'Zlib', file: 'src/zlib/zlib.h', version: /#define ZLIB_VERSION "([\d.]+)/ }],
  'aws-lc-sys': [
    {
      name: 'aws-lc',
      file: 'aws-lc/include/openssl/base.h',
      version: /#define AWSLC_VERSION_NUMBER_STRING "([\d.]+)"/,
    },
  ],
  // Of the features of `mimalloc` in crates/node: `v2`.
  'libmimalloc-sys': [
    {
      name: 'mimalloc',
      licence: 'MIT',
      file: 'c_src/mimalloc/v2/include/mimalloc.h',
      version: /#define MI_MALLOC_VERSION (\d+)/,
    },
  ],
}

/** mimalloc writes 2.3.2 as 20302. */
const dotted = (version: string): string =>
  version.replace(/^(\d+)(\d\d)(\d\d)$/, (_, major, minor, patch) => [major, minor, patch].map(Number).join('.'))

/** They declare what the system has. */
const declarations = ['core-foundation-sys', 'linux-raw-sys', 'napi-sys', 'security-framework-sys', 'windows-sys']

export function bundledIn(crate: Crate): Bundled[] {
  const { name, version, folder } = crate
  // A crate that brings C code is new: its parts and their licences have to be looked at.
  if (name.endsWith('-sys') && !sources[name] && !declarations.includes(name))
    stop(`scripts/release/bundled.ts does not know what ${name} contains.`)
  return (sources[name] ?? []).map(source => {
    const text = source.file ? readFileSync(join(folder, source.file), 'utf8') : version
    const found =
      source.version.exec(text)?.[1] ?? stop(`The version of ${source.name} in ${name} is not where it was.`)
    return { name: source.name, version: dotted(found), licence: source.licence ?? crate.licence }
  })
}
