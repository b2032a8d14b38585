/** What x86-64-v2 has beyond x86-64: the name in /proc/cpuinfo, and the usual one. */
const V2: readonly (readonly [flag: string, name: string])[] = [
  ['cx16', 'CMPXCHG16B'],
  ['lahf_lm', 'LAHF'],
  ['popcnt', 'POPCNT'],
  ['ssse3', 'SSSE3'],
  ['sse4_1', 'SSE4.1'],
  ['sse4_2', 'SSE4.2'],
]

/**
 * The instructions of x86-64-v2 that the processor lacks: the addon would end the process with SIGILL.
 *
 * @param cpuinfo the beginning of /proc/cpuinfo, where it can be read
 * @param hasWasmSimd whether V8 compiles SIMD, for which it needs SSE4.1; undefined where that is not known
 */
export function lackingInstructions(cpuinfo: string, hasWasmSimd: boolean | undefined): string[] {
  const [, flags] = cpuinfo.match(/^flags\s*:(.*)$/m) ?? []
  const known = flags?.trim().split(/\s+/)
  const lacking = known ? V2.filter(([flag]) => !known.includes(flag)).map(([, name]) => name) : []
  // An emulator of processes shows the /proc/cpuinfo of its host.
  return lacking.length === 0 && hasWasmSimd === false ? ['SSE4.1'] : lacking
}
