import { relative, resolve } from 'node:path'
import { root } from '../setup/root.mjs'

/** Images with Node and nothing else of ours, by platform. Debian 11 has the oldest glibc that Node 24 runs on. */
const IMAGES: Record<string, string[]> = {
  'linux-x64-gnu': ['node:20-bullseye-slim', 'node:22-bookworm-slim', 'node:24-bookworm-slim'],
  'linux-arm64-gnu': ['node:20-bullseye-slim', 'node:22-bookworm-slim', 'node:24-bookworm-slim'],
  'linux-x64-musl': ['node:20-alpine', 'node:22-alpine', 'node:24-alpine'],
  'linux-arm64-musl': ['node:20-alpine', 'node:22-alpine', 'node:24-alpine'],
}

/** A Windows without Microsoft's redistributable. It has no Node, so this machine's is mounted. */
const BARE_WINDOWS = 'mcr.microsoft.com/windows/servercore:ltsc2025'
const REDISTRIBUTABLE = 'C:\\Windows\\System32\\vcruntime140.dll'

export interface Tried {
  /** The folder of the packed packages. */
  packages: string
  /** The folder of the programs that try them. */
  programs: string
  /** The folder of this machine's Node. */
  node: string
}

/** The arguments of docker that try packed packages for a platform, one run each. Throws for one that has no containers. */
export function containerRuns(platform: string, { packages, programs, node }: Tried): string[][] {
  const checkout = resolve(root)
  // The packages bring all that they need, and the images are named by tags, which can move.
  const start = ['run', '--rm', '--network', 'none']
  const inside = [packages, programs].map(folder => relative(checkout, folder).replaceAll('\\', '/'))
  if (platform === 'win32-x64-msvc') {
    const mounts = ['-v', `${checkout}:C:\\checkout`, '-v', `${node}:C:\\node`, '-w', 'C:\\checkout']
    const script = ['node', 'scripts\\release\\try.mjs', ...inside, REDISTRIBUTABLE].join(' ')
    return [[...start, ...mounts, BARE_WINDOWS, 'cmd', '/c', `set PATH=C:\\node;%PATH%&& ${script}`]]
  }
  const images = IMAGES[platform]
  if (!images) throw new Error(`No containers run ${platform}.`)
  const command = ['node', 'scripts/release/try.mjs', ...inside]
  return images.map(image => [...start, '-v', `${checkout}:/checkout:ro`, '-w', '/checkout', image, ...command])
}
