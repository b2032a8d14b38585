import { Random } from '../helpers/random.js'

/** Deliberate mistakes of the harness itself, by which its checks are checked. */
export const LIES = [
  'forget-ack',
  'invent-ack',
  'forget-folder-syncs',
  'drop-page',
  'hide-errors',
  'change-refused',
] as const
export type Lie = (typeof LIES)[number]

export const KINDS = ['kills', 'damages', 'power'] as const
export type Kind = (typeof KINDS)[number]

/** What all cases of a run share. */
export interface Context {
  seed: number
  lie: Lie | null
  /** For what several cases use. */
  folder: string
  /** How a case is run alone. */
  alone(kind: Kind, index: number): string
}

/** Randomness of its own for each case, so that a case is the same whether it runs alone or not. */
export function randomOf({ seed }: Context, kind: Kind | 'stores', index: number): Random {
  let mixed = seed
  for (const character of `${kind} ${index}`) {
    mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193)
    // Otherwise cases side by side would begin alike.
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    mixed ^= mixed >>> 16
  }
  return new Random(mixed)
}

export const shuffled = <T>(random: Random, items: readonly T[]): T[] => {
  const rest = [...items]
  return items.map(() => rest.splice(random.below(rest.length), 1)[0]!)
}
