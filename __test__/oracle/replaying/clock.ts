import type { Storage } from 'rivers-storage'

/** The time of one replay. What was slept when it was recorded passes here, too. */
export interface Clock {
  /** By the store's clock. */
  now(): number
  pass(ms: number): Promise<void>
  /** How much longer than recorded the replay has taken so far. */
  lag(): number
}

/** Time stands still but for what is slept, and no replay sleeps. */
export function manualClock(start: number, storage: () => Storage): Clock {
  let now = start
  return {
    now: () => now,
    async pass(ms) {
      now += ms
      storage().advanceTime(ms)
    },
    lag: () => 0,
  }
}

export function systemClock(): Clock {
  const start = Date.now()
  let slept = 0
  return {
    now: () => Date.now(),
    async pass(ms) {
      slept += ms
      await new Promise(resolve => setTimeout(resolve, ms))
    },
    lag: () => Date.now() - start - slept,
  }
}
