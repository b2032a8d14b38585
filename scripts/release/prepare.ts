// The tools that the runners of the release workflow lack. README and docs/install.md name those of a checkout.

type Command = [program: string, ...args: string[]]

/** RocksDB's crate reads the headers with libclang; zig comes by venv. */
const DEBIAN = ['clang', 'cmake', 'libclang-dev', 'python3-venv']

/** aws-lc's assembler on x64. */
const NASM: Command = ['choco', 'install', 'nasm', '--yes', '--no-progress']

/** The commands that make a runner ready to build for a target. `rust` is the version of Cargo.toml. */
export function prepareCommands(triple: string, rust: string): Command[] {
  const toolchain: Command[] = [
    ['rustup', 'toolchain', 'install', rust, '--profile', 'minimal', '--target', triple, '--no-self-update'],
    ['rustup', 'default', rust],
  ]
  if (triple.includes('linux')) {
    return [...toolchain, ['sudo', 'apt-get', 'update'], ['sudo', 'apt-get', 'install', '--yes', ...DEBIAN]]
  }
  return triple === 'x86_64-pc-windows-msvc' ? [...toolchain, NASM] : toolchain
}
