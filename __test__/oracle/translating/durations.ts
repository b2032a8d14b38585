import { Storage } from 'rivers-storage'

const known = new Map<string, number>()

/** As the package reads it, which the recordings of durations are compared with. */
export function milliseconds(duration: unknown): number {
  const text = String(duration)
  if (!known.has(text)) {
    using storage = Storage.memorySync()
    storage.setPoolLimitSync('d', 1, { leaseDuration: text })
    known.set(text, Math.round(storage.getPoolInfoSync('d').leaseDurationSecs * 1000))
  }
  return known.get(text)!
}
