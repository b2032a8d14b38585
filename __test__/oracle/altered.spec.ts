import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { newSeed, Random } from '../helpers/random.js'
import { replayed } from './help.js'
import { readRecordings, type Recording } from './reading/recording.js'
import { wroteUnrecorded } from './replaying/unrecorded.js'

// Whatever is changed in a recorded result is noticed, unless it is something that a rule replaces.

const ALTERATIONS = 2

for (const recording of readRecordings(join('__test__', 'oracle', 'recorded'))) {
  test(`a changed result of ${recording.scenario} is noticed`, async t => {
    const random = new Random(newSeed())
    t.log(`seed ${random.seed}`)
    const leaves = await comparedLeaves(recording)
    if (leaves.length === 0) t.pass('all that is compared of it is made up from what it reads')
    for (let i = 0; i < ALTERATIONS && leaves.length > 0; i++) {
      const leaf = random.of(leaves)
      const seen = (await replayed(altered(recording, leaf)))[leaf.at]!
      const where = `step ${leaf.at} at ${leaf.path.join('.')}`
      const changedByRules = seen.verdict === 'compared' && seen.rules.length > 0
      if (changedByRules && isDeepStrictEqual(at(seen.expected, leaf.path), leaf.expected))
        t.pass(`${where}: a rule replaced it by what it was`)
      else t.is(seen.verdict, 'disagrees', where)
    }
  })
}

interface Leaf {
  /** The step. */
  at: number
  path: string[]
  expected: unknown
}

async function comparedLeaves(recording: Recording): Promise<Leaf[]> {
  const seen = await replayed(recording)
  // From there on, results are made up from what was recorded.
  const end = recording.steps.findIndex(wroteUnrecorded)
  return seen.slice(0, end < 0 ? undefined : end).flatMap(step => {
    if (step.verdict !== 'compared' || step.step.error) return []
    const { result } = step.step
    const paths = leavesOf(result)
    // Rows may have changed places where a rule changed something.
    const kept =
      step.rules.length === 0
        ? paths
        : paths.filter(path => isDeepStrictEqual(at(result, path), at(step.expected, path)))
    return kept.map(path => ({ at: step.at, path, expected: at(step.expected, path) }))
  })
}

/** The paths of everything that is compared. */
function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (!isOpen(value) || Object.keys(value).length === 0) return [path]
  // Any of several is right; the times of claims have no meaning but their differences.
  if ('$one_of' in value) return []
  const names = Object.keys(value).filter(name => !['claimed_at', 'lease_expires_at', 'files_in_cwd'].includes(name))
  return names.flatMap(name => leavesOf((value as Fields)[name], [...path, name]))
}

function altered(recording: Recording, { at, path }: Leaf): Recording {
  const steps = recording.steps.map((step, index) =>
    index === at ? { ...step, result: change(step.result, path) } : step,
  )
  return { ...recording, steps }
}

function change(value: unknown, [name, ...path]: string[], of = ''): unknown {
  if (name === undefined) return another(value, of)
  const inner = change((value as Fields)[name], path, name)
  return Array.isArray(value) ? value.with(Number(name), inner) : { ...(value as Fields), [name]: inner }
}

function another(value: unknown, of: string): unknown {
  // Of what is left of a lease, a second more is right on a machine that was slow.
  if (typeof value === 'number') return value + (/^lease_\w+_secs_/.test(of) ? 3600 : 1)
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string') return value.replace(/^(\$\w\w)\d+$/, '$199999').replace(/^([^$].*|)$/s, '$1!')
  if (Buffer.isBuffer(value)) return Buffer.concat([value, Buffer.from('!')])
  return Array.isArray(value) ? ['another'] : 'another'
}

type Fields = Record<string, unknown>

const isOpen = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Buffer.isBuffer(value)
const at = (value: unknown, path: string[]): unknown =>
  path.reduce((inner, name) => (isOpen(inner) ? (inner as Fields)[name] : undefined), value)
