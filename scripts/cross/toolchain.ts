import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Toolchain } from '../lib/cargo-build.js'
import { compileRocksdb, rocksdbEnv } from '../lib/rocksdb.js'
import { targetDir } from '../lib/workspace.js'
import { MACOS } from '../release/addon/floors.js'
import { root } from '../setup/root.mjs'
import { stop } from '../setup/run.mjs'
import { hasStd, sourcesByCommit, toolchainWithSources } from './std.js'
import { cppCompiler, installZig, isZigTarget, withGlibc } from './zig.js'

/** Folders of this machine that panics would name, so that the same commit gives the same file elsewhere. */
const FOLDERS: Record<string, string> = {
  [process.env.CARGO_HOME || join(homedir(), '.cargo')]: '/cargo',
  [targetDir]: '/target',
  [root]: '/rivers-storage',
}

/** Variables of targets that are built with the system's compilers. None of them was tried yet. */
const VARIABLES: Record<string, NodeJS.ProcessEnv> = {
  'aarch64-apple-darwin': { MACOSX_DEPLOYMENT_TARGET: MACOS.arm64 },
  'x86_64-apple-darwin': { MACOSX_DEPLOYMENT_TARGET: MACOS.x64 },
  // aws-lc and ring have assembler that Microsoft's compiler does not read.
  'aarch64-pc-windows-msvc': { CC_aarch64_pc_windows_msvc: 'clang-cl' },
}

/** What builds the addon for a target triple of the Rust compiler: zig for any Linux, elsewhere what the machine has. */
export async function toolchainFor(triple: string): Promise<Toolchain> {
  const flags = Object.entries(FOLDERS).map(([folder, name]) => `--remap-path-prefix=${folder}=${name}`)
  if (!isZigTarget(triple)) {
    if (!hasStd(triple)) stop(`Rust has no standard library for ${triple}: rustup target add ${triple}`)
    return {
      command: ['cargo', 'build'],
      args: ['--target', triple, ...rustflags(triple, flags)],
      env: VARIABLES[triple] ?? {},
    }
  }
  const zig = installZig()
  const compiler = cppCompiler(zig, triple)
  await compileRocksdb(compiler)
  const PATH = [zig.commands, process.env.PATH].join(delimiter)
  const env = { PATH, CARGO_ZIGBUILD_ZIG_PATH: zig.compiler, ...rocksdbEnv(compiler) }
  const command = ['cargo-zigbuild', 'zigbuild']
  const target = ['--target', withGlibc(triple)]
  if (hasStd(triple)) return { command, args: [...target, ...rustflags(triple, flags)], env }

  const toolchain = toolchainWithSources()
  if (!toolchain) {
    return stop(
      `Rust has no standard library for ${triple}: rustup target add ${triple}. Debian has no sources of its version.`,
    )
  }
  return {
    command,
    args: [...target, '-Zbuild-std', ...rustflags(triple, [...flags, sourcesByCommit(toolchain)])],
    env: { ...env, PATH: [join(toolchain, 'bin'), PATH].join(delimiter), RUSTC_BOOTSTRAP: '1' },
  }
}

/** Added to the flags in .cargo/config.toml, which the variable RUSTFLAGS would replace. */
const rustflags = (triple: string, flags: string[]): string[] => [
  '--config',
  `target.${triple}.rustflags=${JSON.stringify(flags)}`,
]
