import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Manifest {
  name: string
  version: string
  repository?: { type: string; url: string }
  homepage?: string
  bugs?: { url: string }
  napi: { targets: string[] }
  optionalDependencies?: Record<string, string>
  [field: string]: unknown
}

/** The platforms in npm/, each with its target triple of the Rust compiler. */
export const platforms: Record<string, string> = {
  'darwin-arm64': 'aarch64-apple-darwin',
  'darwin-x64': 'x86_64-apple-darwin',
  'linux-arm64-gnu': 'aarch64-unknown-linux-gnu',
  'linux-arm64-musl': 'aarch64-unknown-linux-musl',
  'linux-x64-gnu': 'x86_64-unknown-linux-gnu',
  'linux-x64-musl': 'x86_64-unknown-linux-musl',
  'win32-arm64-msvc': 'aarch64-pc-windows-msvc',
  'win32-x64-msvc': 'x86_64-pc-windows-msvc',
}

/** The manifests of the nine packages. */
export const manifests = ['package.json', ...Object.keys(platforms).map(name => `npm/${name}/package.json`)]

export const readManifest = (root: string, file: string): Manifest => JSON.parse(readFileSync(join(root, file), 'utf8'))

export const writeJson = (root: string, file: string, value: unknown): void =>
  writeFileSync(join(root, file), `${JSON.stringify(value, null, 2)}\n`)
