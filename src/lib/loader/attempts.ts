import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { problemOf, type Attempt, type Problem } from './problem.js'
import { fileOf, packageOf, specifierOf, type Target } from './targets.js'
import { truncation } from './truncation.js'

/** What a `require` gave. */
export type Required = { value: unknown } | { error: unknown }

/** The `require` calls, which bundlers only follow where they are written out: see binding.js. */
export interface Sources {
  /** The file they are in, or in which they were bundled. */
  from: string | undefined
  version: string
  /** The addon in the same folder: of a clone, or copied beside a bundle. */
  requireBeside(target: Target): Required
  /** The addon of a platform's package. */
  requireInstalled(target: Target): Required
  /** The version of a platform's package; undefined if it is not installed. */
  versionOf(target: Target): string | undefined
}

/** An addon, or why there is none. */
export type Outcome = { addon: unknown } | Attempt

/** The addon of each target in turn: beside the package, then from the platform's package. */
export function* attempts(sources: Sources, targets: readonly Target[]): Generator<Outcome> {
  for (const target of targets) {
    const load = (): Required => sources.requireBeside(target)
    yield attempt({ target, from: sources.from, file: `./${fileOf(target)}`, load })
    yield attemptPackage(sources, target)
  }
}

function attemptPackage(sources: Sources, target: Target): Outcome {
  const source = packageOf(target)
  const found = sources.versionOf(target)
  // Before it is loaded: an addon of another version may do anything.
  if (found !== undefined && found !== sources.version) {
    const error = new Error(`${source} is of version ${found}, rivers-storage of version ${sources.version}`)
    return { source, target, problem: { kind: 'version', found }, error }
  }
  const isInstalled = found !== undefined
  const load = (): Required => sources.requireInstalled(target)
  return attempt({ source, target, from: sources.from, file: specifierOf(target), load, isInstalled })
}

/** The file that RIVERS_STORAGE_BINARY names. */
export function attemptFile(name: string): Outcome {
  const file = resolve(name)
  // Node takes a file of another name for JavaScript. Of a link, it looks at the name of the file.
  const misnamed = [file, resolved(file)].find(path => !path.endsWith('.node'))
  if (misnamed !== undefined) {
    return { source: file, problem: { kind: 'name' }, error: new Error(`${misnamed} does not end in .node`) }
  }
  const load = (): Required => {
    try {
      // Unlike `process.dlopen`, this gives all realms of the process the same addon.
      return { value: createRequire(file)(file) }
    } catch (error) {
      return { error }
    }
  }
  return attempt({ from: file, file, load })
}

function resolved(file: string): string {
  try {
    return createRequire(file).resolve(file)
  } catch {
    return file
  }
}

interface Candidate {
  file: string
  /** The module that requires it. */
  from: string | undefined
  load(): Required
  source?: string
  target?: Target
  /** Whether the file's package is installed. */
  isInstalled?: boolean
}

function attempt({ file, from, load, source = file, target, isInstalled = false }: Candidate): Outcome {
  const failed = (problem: Problem, error: Error): Attempt => ({ source, target, problem, error })
  const truncated = truncation(file, from)
  if (truncated) return failed({ kind: 'broken' }, new Error(truncated))
  const required = load()
  if ('value' in required) return { addon: required.value }
  const error = asError(required.error)
  return failed(problemOf(error, isInstalled), error)
}

const asError = (thrown: unknown): Error =>
  typeof (thrown as Error | undefined)?.message === 'string' ? (thrown as Error) : new Error(String(thrown))
