import { relative } from 'node:path'
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

/** The arguments of docker that try packed packages for a platform, one run each. Throws for one that has no containers. */
export function containerRuns(platform: string, packages: string, node: string): string[][] {
  const inside = relative(root, packages).replaceAll('\\', '/')
  if (platform === 'win32-x64-msvc') {
    const mounts = ['-v', `${root}:C:\\checkout`, '-v', `${node}:C:\\node`, '-w', 'C:\\checkout']
    const script = `set PATH=C:\\node;%PATH%&& node scripts\\release\\try.mjs ${inside}`
    return [['run', '--rm', ...mounts, BARE_WINDOWS, 'cmd', '/c', script]]
  }
  const images = IMAGES[platform]
  if (!images) throw new Error(`No containers run ${platform}.`)
  const command = ['node', 'scripts/release/try.mjs', inside]
  return images.map(image => ['run', '--rm', '-v', `${root}:/checkout:ro`, '-w', '/checkout', image, ...command])
}
