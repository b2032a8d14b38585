// zig with cargo-zigbuild compiles and links for any Linux: it brings the headers of each libc and links libc++ statically.
import { join } from 'node:path'
import { pythonTools } from '../lib/python.js'
import type { CppCompiler } from '../lib/rocksdb.js'
import { GLIBC } from '../release/addon/floors.js'
import { output, stop } from '../setup/run.mjs'

/** RocksDB asks the processor at run time whether it has these instructions of arm64. */
const CPU_FLAGS: Record<string, string> = { x86_64: '-mcpu=x86_64_v2', aarch64: '-mcpu=generic+crc+crypto' }

export const isZigTarget = (triple: string): boolean => /^(x86_64|aarch64)-unknown-linux-(gnu|musl)$/.test(triple)

/** The target as cargo-zigbuild wants it. */
export const withGlibc = (triple: string): string => (triple.endsWith('-gnu') ? `${triple}.${GLIBC}` : triple)

export interface Zig {
  /** With the commands of both tools. */
  commands: string
  compiler: string
}

/** Installs both tools, in the versions of requirements.txt. */
export function installZig(): Zig {
  const commands = pythonTools('zig', 'scripts/cross/requirements.txt')
  if (!commands) return stop('zig cannot be installed: see above. It needs Python with venv, on Linux on x64.')
  const folder = output(join(commands, 'python3'), ['-c', 'import ziglang; print(ziglang.__path__[0])'])?.trim()
  return { commands, compiler: join(folder ?? stop('Python does not find zig.'), 'zig') }
}

/** What compiles RocksDB for the target. */
export function cppCompiler({ compiler }: Zig, triple: string): CppCompiler {
  const [architecture] = triple.split('-')
  return {
    name: triple,
    flags: `-target ${withGlibc(triple.replace('-unknown', ''))} ${CPU_FLAGS[architecture!]}`,
    variables: {
      CMAKE_CXX_COMPILER: `${compiler};c++`,
      CMAKE_AR: compiler,
      CMAKE_CXX_ARCHIVE_CREATE: '<CMAKE_AR> ar qc <TARGET> <OBJECTS>',
      CMAKE_CXX_ARCHIVE_FINISH: '<CMAKE_AR> ranlib <TARGET>',
    },
  }
}
