import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { root } from '../setup/root.mjs'
import { output, stop } from '../setup/run.mjs'
import { showProgress } from './progress.js'
import { cargoEnv } from './cargo-env.js'

/** Cargo's message on a target that it has made. */
interface Artifact {
  reason: 'compiler-artifact'
  package_id: string
  manifest_path: string
  target: { kind: string[] }
  filenames: string[]
}

/** What compiles the crates, and for which target. */
export interface Toolchain {
  command: string[]
  args: string[]
  env: NodeJS.ProcessEnv
}

/** Compiles for this machine, without naming its target: cargo would keep what it compiles apart from that of the tests. */
const native: Toolchain = { command: ['cargo', 'build'], args: [], env: {} }

export interface Built {
  artifacts: Artifact[]
  time: string
}

/** Packages that the build compiles on this machine; null when cargo cannot tell. */
function countPackages(features: string[]): number | null {
  const args = ['tree', '--locked', ...features, '--edges', 'normal,build', '--prefix', 'none', '--format', '{p}']
  const tree = output('cargo', args, { env: cargoEnv(), stdio: ['ignore', 'pipe', 'ignore'] })
  const names = tree?.match(/^\S+ v\S+/gm)
  return names ? new Set(names).size : null
}

const isArtifact = (message: Artifact | { reason?: string }): message is Artifact =>
  message.reason === 'compiler-artifact'

/**
 * Builds the workspace's default members, as `cargo test` does: another choice of packages could switch on other
 * features of the engine, and compile it a second time. Gives cargo's messages on the libraries made.
 */
export async function cargoBuild(
  profile: string,
  features: string[],
  { command, args, env }: Toolchain = native,
  extraEnv: NodeJS.ProcessEnv = {},
): Promise<Built> {
  const total = countPackages(features)
  const compiled = new Set<string>()
  const progress = showProgress(() => {
    const share = total
      ? ` of ${total} crates (${Math.min(100, Math.floor((100 * compiled.size) / total))} %)`
      : ' crates'
    return `compiled ${compiled.size}${share}`
  })
  const message = '--message-format=json-render-diagnostics'
  const [program, ...verb] = command
  const all = [...verb, '--locked', '--quiet', '--profile', profile, ...args, ...features, message]
  const cargo = spawn(program!, all, {
    cwd: root,
    env: { ...cargoEnv(), ...env, ...extraEnv },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  cargo.stderr.on('data', (text: Buffer) => {
    progress.clear()
    process.stderr.write(text)
  })
  const ended = new Promise<number | null | Error>(resolve => {
    cargo.on('error', resolve)
    cargo.on('close', resolve)
  })
  const artifacts: Artifact[] = []
  for await (const line of createInterface({ input: cargo.stdout })) {
    const message: Artifact | { reason?: string } = line.startsWith('{') ? JSON.parse(line) : {}
    // A package's build script is compiled long before the package itself.
    if (!isArtifact(message) || message.target.kind.includes('custom-build')) continue
    compiled.add(message.package_id)
    artifacts.push(message)
  }
  const code = await ended
  const time = progress.end()
  if (code !== 0) stop(code instanceof Error ? `cargo: ${code.message}` : 'The Rust crates do not build: see above.')
  return { artifacts, time }
}
