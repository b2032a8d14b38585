import { KINDS, LIES, type Kind, type Lie } from './context.js'

export interface Arguments {
  counts: Record<Kind, number>
  seed: number
  /** Only this case of each kind. */
  only: number | null
  lie: Lie | null
}

export const USAGE = `npm run crash -- [N | KILLS DAMAGES POWER] [--kinds kills,damages,power] [--seed S] [--only CASE]`

/** Throws what is wrong with them. */
export function parse(args: readonly string[], newSeed: () => number): Arguments {
  const numbers: number[] = []
  const named = new Map<string, string>()
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!
    if (arg.startsWith('--')) named.set(arg, args[++index] ?? '')
    else numbers.push(whole(arg))
  }
  const kinds = list(named, '--kinds', KINDS) ?? KINDS
  const [kills = 500, damages = 600, power = 100] =
    numbers.length === 1 ? [numbers[0], numbers[0], numbers[0]] : numbers
  const counts = { kills, damages, power }
  for (const kind of KINDS) if (!kinds.includes(kind)) counts[kind] = 0
  const seed = named.has('--seed') ? whole(named.get('--seed')!) : newSeed()
  const only = named.has('--only') ? whole(named.get('--only')!) : null
  const lie = list(named, '--lie', LIES)?.[0] ?? null
  for (const name of ['--seed', '--only']) named.delete(name)
  if (named.size > 0) throw new Error(`${[...named.keys()].join(', ')}: unknown\n${USAGE}`)
  return { counts, seed, only, lie }
}

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`'${text}' is not a number\n${USAGE}`)
  return Number(text)
}

function list<T extends string>(named: Map<string, string>, name: string, allowed: readonly T[]): T[] | null {
  const given = named.get(name)
  if (given === undefined) return null
  named.delete(name)
  return given.split(',').map(text => {
    const found = allowed.find(other => other === text)
    if (!found) throw new Error(`'${text}' is not one of ${allowed.join(', ')}\n${USAGE}`)
    return found
  })
}
