import { statSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

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

/** The size of the addon that is loaded; null where that cannot be seen. */
export function addonBytes(): number | null {
  const loaded = Object.keys(require.cache).find(file => /rivers-storage[^/\\]*\.node$/.test(file))
  return loaded === undefined ? null : statSync(loaded).size
}
