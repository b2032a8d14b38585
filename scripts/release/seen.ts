import { setTimeout as pause } from 'node:timers/promises'

export interface Patience {
  everyMs: number
  attempts: number
}

/** A registry shows a version up to some minutes after it took it. */
const PATIENCE: Patience = { everyMs: 5000, attempts: 60 }

/** Waits until all that `isSeen` is asked for is there. */
export async function untilSeen(
  names: string[],
  isSeen: (name: string) => Promise<boolean>,
  { everyMs, attempts }: Patience = PATIENCE,
): Promise<void> {
  let missing = names
  for (let attempt = 0; attempt < attempts; attempt++) {
    const seen = await Promise.all(missing.map(isSeen))
    missing = missing.filter((_, index) => !seen[index])
    if (missing.length === 0) return
    await pause(everyMs)
  }
  throw new Error(`The registry does not show ${missing.join(', ')} yet. Publish again later: it goes on from there.`)
}
