import { attemptFile, attempts, type Outcome, type Sources } from './attempts.js'
import { causeOf, type Cause } from './cause.js'
import { libcName, libcOrder, type Libc } from './libc.js'
import { cpuinfo, dynamicLoaders, hasWasmSimd, processReport, runtime, runtimeVersion, switches } from './machine.js'
import { messageOf } from './message.js'
import type { Attempt } from './problem.js'
import { lackingInstructions } from './processor.js'
import { TARGETS, targetsOf } from './targets.js'

/** Loads the addon of this platform, or the file that RIVERS_STORAGE_BINARY names. Throws an `AddonError`. */
export function load(sources: Sources): unknown {
  const file = process.env.RIVERS_STORAGE_BINARY
  // Without a check of the processor: a named file may be built for an older one.
  if (file) return firstAddon([attemptFile(file)], sources)

  const { platform, arch } = process
  const lacking = arch === 'x64' ? lackingInstructions(platform === 'linux' ? cpuinfo() : '', hasWasmSimd()) : []
  if (lacking.length > 0) throw addonError({ reason: 'old processor', lacking }, sources, [])
  return firstAddon(attempts(sources, targetsOf(platform, arch, libcs())), sources)
}

function libcs(): Libc[] {
  const { platform, arch } = process
  return platform === 'linux' ? libcOrder(dynamicLoaders(arch), processReport) : []
}

/** The first addon that is loaded. Throws an `AddonError` with the cause if there is none. */
function firstAddon(outcomes: Iterable<Outcome>, sources: Sources): unknown {
  const failed: Attempt[] = []
  for (const outcome of outcomes) {
    if ('addon' in outcome) return outcome.addon
    failed.push(outcome)
  }
  const hasPermissionModel = runtime === 'Deno' || process.permission !== undefined
  throw addonError(causeOf(failed, { switches: switches(), hasPermissionModel }), sources, failed)
}

/** The error of a package that has no addon. It is no `StorageError`, whose class is in the addon. */
export interface AddonError extends Error {
  code: 'ERR_ADDON_NOT_LOADED'
  /** Tells the causes apart. */
  reason: Cause['reason']
}

function addonError(cause: Cause, sources: Sources, failed: Attempt[]): AddonError {
  const { platform, arch } = process
  const [libc] = libcs()
  const message = messageOf(cause, {
    version: sources.version,
    platform,
    arch,
    libc: libc && libcName(libc, processReport()),
    runtime,
    runtimeVersion,
    attempts: failed,
    installedTargets: TARGETS.filter(target => sources.versionOf(target) !== undefined),
  })
  const first = 'attempt' in cause ? cause.attempt : failed.find(({ problem }) => problem.kind !== 'absent')
  const options = first ? { cause: first.error } : {}
  return Object.assign(new Error(message, options), { code: 'ERR_ADDON_NOT_LOADED', reason: cause.reason } as const)
}
