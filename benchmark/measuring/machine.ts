import { statSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { createRequire } from 'node:module'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${process.arch}`,
  node: process.version,
})

/** The size of the addon that is measured; null where it is not to be found beside the package. */
export function addonBytes(): number | null {
  createRequire(__filename)('rivers-storage')
  const loaded = Object.keys(require.cache).find(file => file.endsWith('.node') && file.includes('rivers-storage'))
  return loaded === undefined ? null : statSync(loaded).size
}
