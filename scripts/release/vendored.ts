import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stop } from '../setup/run.mjs'
import type { Crate } from './crates.js'

/** C or C++ code that is vendored in a crate and compiled into the addon. */
export interface Vendored {
  name: string
  version: string
  licence: string
}

interface Source {
  name: string
  /** Where it differs from the crate's. */
  licence?: string
  /** The file of the crate that states the version. Without it, the crate's own version does, behind the `+`. */
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
  'aws-lc-sys': [
    {
      name: 'aws-lc',
      file: 'aws-lc/include/openssl/base.h',
      version: /#define AWSLC_VERSION_NUMBER_STRING "([\d.]+)"/,
    },
  ],
  // crates/node selects the feature `v2` of `mimalloc`.
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

/** Crates that only declare functions of the system or of Node. */
const declarations = ['core-foundation-sys', 'linux-raw-sys', 'napi-sys', 'security-framework-sys', 'windows-sys']

export function vendoredIn(crate: Crate): Vendored[] {
  const { name, version, folder } = crate
  // The parts of a new crate with C code, and their licences, have to be looked up by hand.
  if (name.endsWith('-sys') && !sources[name] && !declarations.includes(name))
    stop(`scripts/release/vendored.ts does not know what ${name} contains.`)
  return (sources[name] ?? []).map(source => {
    const text = source.file ? readFileSync(join(folder, source.file), 'utf8') : version
    const found =
      source.version.exec(text)?.[1] ?? stop(`The version of ${source.name} in ${name} is not where it was.`)
    return { name: source.name, version: dotted(found), licence: source.licence ?? crate.licence }
  })
}
