// The tools that the runners of the workflows lack. README and docs/install.md name those of a checkout.

type Command = [program: string, ...args: string[]]

/** RocksDB's crate reads the headers with libclang; zig comes by venv. */
const DEBIAN = ['clang', 'cmake', 'libclang-dev', 'python3-venv']

const WINDOWS_X64 = 'x86_64-pc-windows-msvc'

/** aws-lc's assembler on x64. */
const NASM: Command = ['choco', 'install', 'nasm', '--yes', '--no-progress']

/** The commands that make a runner ready to build for a target, and to check. `rust` is the version of Cargo.toml. */
export function prepareCommands(triple: string, rust: string): Command[] {
  const checks = ['--component', 'clippy', '--component', 'rustfmt']
  const minimal = ['--profile', 'minimal', ...checks, '--target', triple, '--no-self-update']
  const toolchain: Command[] = [
    ['rustup', 'toolchain', 'install', rust, ...minimal],
    ['rustup', 'default', rust],
  ]
  if (triple.includes('linux')) {
    return [...toolchain, ['sudo', 'apt-get', 'update'], ['sudo', 'apt-get', 'install', '--yes', ...DEBIAN]]
  }
  return triple === WINDOWS_X64 ? [...toolchain, NASM] : toolchain
}

/** Folders of commands that were installed but are not on the path. */
export const preparedPaths = (triple: string): string[] => (triple === WINDOWS_X64 ? ['C:\\Program Files\\NASM'] : [])
