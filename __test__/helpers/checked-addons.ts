// How the check of addons takes a file.
import type { ExecutionContext } from 'ava'
import { factsOf, platformOf } from '../../scripts/release/addon/facts.js'
import { checkAddon } from '../../scripts/release/check.js'

/** A page without a table of sizes. */
export const NO_SIZES = ''

export function accepted(t: ExecutionContext, platform: string, file: Buffer): void {
  t.deepEqual(checkAddon(file, platform, NO_SIZES).faults, [])
  t.is(platformOf(factsOf(file)!), platform)
}

export const refused = (t: ExecutionContext, platform: string, file: Buffer, ...faults: (string | RegExp)[]): void => {
  const found = checkAddon(file, platform, NO_SIZES).faults
  t.is(found.length, faults.length, found.join('; '))
  for (const [index, fault] of faults.entries()) {
    if (typeof fault === 'string') t.is(found[index], fault)
    else t.regex(found[index]!, fault)
  }
}

/** The platform of the libraries that this system's compiler makes. */
export const host = `linux-${process.arch}-gnu`
