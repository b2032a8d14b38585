// zig with cargo-zigbuild compiles and links for any Linux: it brings the headers of each libc and links libc++ statically.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CppCompiler } from '../lib/rocksdb.js'
import { targetDir } from '../lib/workspace.js'
import { root } from '../setup/root.mjs'
import { output, run, stop } from '../setup/run.mjs'

/** The oldest glibc that the addon runs on: that of RHEL 7, older than any that Node 20 runs on. */
const GLIBC = '2.17'

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

/** Installs both tools, in the versions of requirements.txt, beside what they compile. */
export function installZig(): Zig {
  const requirements = join(root, 'scripts', 'cross', 'requirements.txt')
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const folder = join(targetDir, `zig-${hash}`)
  const commands = join(folder, 'bin')
  const python = join(commands, 'python3')
  const done = join(folder, 'installed')
  if (!existsSync(done)) {
    console.log('Installing zig and cargo-zigbuild')
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes']
    if (!run('python3', ['-m', 'venv', '--clear', folder]) || !run(python, [...pip, '-r', requirements])) {
      stop('zig cannot be installed: see above. It needs Python with venv, on Linux on x64.')
    }
    writeFileSync(done, '')
  }
  const compiler = output(python, ['-c', 'import ziglang; print(ziglang.__path__[0])'])?.trim()
  if (!compiler) return stop(`${folder} has no zig: delete it, and run this again.`)
  return { commands, compiler: join(compiler, 'zig') }
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
