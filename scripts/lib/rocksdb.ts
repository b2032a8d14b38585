// RocksDB's C++ as a static library, compiled once for each target and kept beside the crates. docs/performance.md compares the time
// with that of the build script of its crate.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../setup/root.mjs'
import { output, stop } from '../setup/run.mjs'
import { showProgress } from './progress.js'
import { targetDir } from './workspace.js'

/** The crates with the sources, each with the folder that CMakeLists.txt wants of it. */
const SOURCES = {
  CRATE: { crate: 'surrealdb-librocksdb-sys', folder: '' },
  LZ4: { crate: 'lz4-sys', folder: 'liblz4/lib' },
  ZSTD: { crate: 'zstd-sys', folder: 'zstd/lib' },
}

const cmakeFolder = join(root, 'scripts', 'rocksdb')

/** A C++ compiler with its flags for one target. */
export interface CppCompiler {
  /** Names the library's folder. */
  name: string
  flags: string
  /** Variables that make CMake use another compiler than the system's. */
  variables?: Record<string, string>
}

const CPU_FLAGS: Partial<Record<NodeJS.Architecture, string>> = {
  x64: '-march=x86-64-v2',
  arm64: '-march=armv8-a+crc+crypto',
}

/** Undefined where this was never tried: there the build script of the crate compiles RocksDB. */
const systemCompiler: CppCompiler | undefined =
  process.platform === 'linux' ? { name: 'system', flags: CPU_FLAGS[process.arch] ?? '' } : undefined

function folderOf(compiler: CppCompiler): string {
  const hash = createHash('sha256').update(JSON.stringify(compiler))
  hash.update(readFileSync(join(cmakeFolder, 'CMakeLists.txt')))
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8')
  for (const { crate } of Object.values(SOURCES))
    hash.update(lock.match(`name = "${crate}"\nversion = "(.*)"`)?.[1] ?? '')
  return join(targetDir, 'rocksdb', `${compiler.name}-${hash.digest('hex').slice(0, 12)}`)
}

const libraryIn = (folder: string): string => join(folder, 'librocksdb.a')

/** Tells the crate to link the library, if it was compiled. */
export function rocksdbEnv(compiler = systemCompiler): NodeJS.ProcessEnv {
  if (!compiler || !existsSync(libraryIn(folderOf(compiler)))) return {}
  return { ROCKSDB_LIB_DIR: folderOf(compiler), ROCKSDB_STATIC: '1' }
}

/** Compiles the library unless it is there. */
export async function compileRocksdb(compiler = systemCompiler): Promise<void> {
  if (!compiler || existsSync(libraryIn(folderOf(compiler)))) return
  const folder = folderOf(compiler)
  // CMake goes on from the pieces of a build that was interrupted.
  const building = join(folder, 'building')
  const variables = {
    ...sourceFolders(),
    CMAKE_BUILD_TYPE: 'Release',
    CMAKE_CXX_FLAGS: compiler.flags,
    ...compiler.variables,
  }
  const definitions = Object.entries(variables).map(([name, value]) => `-D${name}=${value}`)
  await cmake(['-S', cmakeFolder, '-B', building, ...definitions])

  const files = (ending: string): number =>
    readdirSync(join(building, 'CMakeFiles/rocksdb.dir/Unity')).filter(name => name.endsWith(ending)).length
  const pieces = files('.cxx')
  const progress = showProgress(() => `compiled ${files('.o')} of ${pieces} pieces of RocksDB`)
  await cmake(['--build', building, '--parallel', String(availableParallelism())])
  console.log(`  RocksDB compiled (${progress.end()})`)
  renameSync(libraryIn(building), libraryIn(folder))
  rmSync(building, { recursive: true })
}

function sourceFolders(): Record<string, string> {
  const metadata = output('cargo', ['metadata', '--locked', '--format-version', '1'])
  if (!metadata) return stop('cargo cannot list the crates: see above.')
  const { packages } = JSON.parse(metadata) as { packages: { name: string; manifest_path: string }[] }
  return Object.fromEntries(
    Object.entries(SOURCES).map(([variable, { crate, folder }]) => {
      const found = packages.find(({ name }) => name === crate)
      return [variable, found ? join(dirname(found.manifest_path), folder) : stop(`Cargo.lock has no ${crate}.`)]
    }),
  )
}

/** Shows what CMake prints only when it fails. */
async function cmake(args: string[]): Promise<void> {
  const child = spawn('cmake', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const code = await new Promise<number | string | null>(resolve => {
    child.on('error', error => resolve(error.message))
    child.on('close', resolve)
  })
  if (code !== 0) stop(`${printed}\nRocksDB does not compile (cmake ended with ${code}): see above.`)
}
