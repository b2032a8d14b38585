// JavaScript, since setup.mjs imports it before any package is installed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './root.mjs'
import { output, run, stop } from './run.mjs'

/** @type {(version: string, wanted: string) => boolean} */
const isAtLeast = (version, wanted) => version.localeCompare(wanted, 'en', { numeric: true }) >= 0

/** The addon runs on any Node 20; the tools that build and check it ask for a later one. */
const NODE = '20.19'

export function checkNode() {
  if (!isAtLeast(process.versions.node, NODE)) stop(`Node ${NODE} or newer is needed; this is ${process.version}.`)
}

export function checkRust() {
  const wanted = readFileSync(join(root, 'Cargo.toml'), 'utf8').match(/^rust-version = "(.*)"$/m)?.[1]
  if (!wanted) return stop('Cargo.toml has no rust-version.')
  const found = output('rustc', ['--version'])?.match(/\d+\.\d+\.\d+/)?.[0]
  if (!found || !output('cargo', ['--version'])) {
    return stop(
      `Rust ${wanted} or newer is needed, with cargo: install it with rustup (https://rustup.rs), then run this again.`,
    )
  }
  if (!isAtLeast(found, wanted)) stop(`Rust ${wanted} or newer is needed; this is ${found}: run 'rustup update'.`)
}

/** @type {(program: string) => boolean} */
const onPath = program =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .some(dir => existsSync(join(dir, program)) || existsSync(join(dir, `${program}.exe`)))

/** @type {Partial<Record<NodeJS.Architecture, string>>} */
const DEBIAN_ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' }

/** The places where bindgen, which RocksDB's crate runs, looks for the library. */
function hasLibclang() {
  if (process.platform !== 'linux' || process.env.LIBCLANG_PATH) return true
  const llvm = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter(name => name.startsWith('llvm')) : []
  return [
    '/usr/lib',
    '/usr/lib64',
    '/usr/local/lib',
    `/usr/lib/${DEBIAN_ARCHITECTURES[process.arch]}-linux-gnu`,
    ...llvm.map(name => `/usr/lib/${name}/lib`),
  ]
    .filter(dir => existsSync(dir))
    .some(dir => readdirSync(dir).some(name => /^libclang(-[\d.]+)?\.so/.test(name)))
}

/** What compiles RocksDB: package on Debian, and whether it is here. */
const tools = [
  { debian: 'g++', here: () => onPath('c++') || onPath('g++') || process.platform === 'win32' },
  { debian: 'make', here: () => onPath('make') || process.platform === 'win32' },
  { debian: 'cmake', here: () => onPath('cmake') },
  { debian: 'clang', here: () => onPath('clang') },
  { debian: 'libclang-dev', here: hasLibclang },
]

export function ensureBuildTools() {
  const missing = tools.filter(tool => !tool.here()).map(tool => tool.debian)
  if (missing.length === 0) return
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && onPath('apt-get')
  if (!mayInstall) {
    stop(
      [
        `To compile the storage engine, these are missing: ${missing.join(', ')}. Install them, then run this again:`,
        `  Debian, Ubuntu: sudo apt-get install -y ${missing.join(' ')}`,
        '  macOS: xcode-select --install && brew install cmake llvm',
        '  Windows: Visual Studio Build Tools (C++), CMake and LLVM',
      ].join('\n'),
    )
  }
  console.log(`Installing ${missing.join(', ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  /** @type {(args: string[]) => boolean} */
  const apt = args => run('apt-get', ['-qq', ...args], { env })
  if (!apt(['update']) || !apt(['install', '-y', '--no-install-recommends', ...missing])) {
    stop(`apt-get could not install ${missing.join(' ')}: see above.`)
  }
}
