import { existsSync } from 'node:fs'
import { loaderPaths, type DynamicLoaders, type ProcessReport } from './libc.js'
import { readStart } from './truncation.js'

// What the decisions of the loader are made from. Nothing here throws: without the permission to read a file, its content
// is as if it were not there.

export type Runtime = 'Node' | 'Bun' | 'Deno'

const { bun, deno, node } = process.versions
export const runtime: Runtime = bun ? 'Bun' : deno ? 'Deno' : 'Node'
export const runtimeVersion = bun ?? deno ?? node

export function dynamicLoaders(arch: string): DynamicLoaders {
  const { glibc, musl } = loaderPaths(arch)
  return { glibc: isThere(glibc), musl: isThere(musl) }
}

function isThere(path: string): boolean {
  try {
    return existsSync(path)
  } catch {
    // Under the permission model.
    return false
  }
}

let report: ProcessReport | undefined

export const processReport = (): ProcessReport => (report ??= makeReport())

function makeReport(): ProcessReport {
  // Deno reports the glibc of another system, also on Alpine.
  if (runtime === 'Deno') return {}
  try {
    const maker = process.report as typeof process.report & { excludeNetwork?: boolean }
    const before = maker.excludeNetwork
    // Otherwise every open socket is looked up in the DNS.
    maker.excludeNetwork = true
    try {
      return maker.getReport() as ProcessReport
    } finally {
      maker.excludeNetwork = before ?? false
    }
  } catch {
    return {}
  }
}

/** The entry of the first processor. */
export const cpuinfo = (): string => {
  try {
    return readStart('/proc/cpuinfo', 4096).bytes.toString('latin1')
  } catch {
    return ''
  }
}

/** `drop(v128.const 0)`: V8 refuses it on a processor without SSE4.1. */
const SIMD_MODULE = Buffer.from(
  '0061736d01000000010401600000030201000a17011500fd0c000000000000000000000000000000001a0b',
  'hex',
)

/** Undefined if nothing follows from it: Bun's engine wants AVX, and without WebAssembly there is no answer. */
export function hasWasmSimd(): boolean | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: { validate(bytes: Uint8Array): boolean } }
  if (runtime === 'Bun' || !WebAssembly) return undefined
  return WebAssembly.validate(SIMD_MODULE)
}

/** Switches of this process and of NODE_OPTIONS. */
export const switches = (): string[] => [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
