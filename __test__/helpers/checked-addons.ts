// How the check of addons takes a file.
import type { ExecutionContext } from 'ava'
import { factsOf, platformOf } from '../../scripts/release/addon/facts.js'
import { checkAddon } from '../../scripts/release/check.js'

/** A page without a table of sizes. */
export const NO_SIZES = ''

export const faultsOf = (file: Buffer, platform: string, page = NO_SIZES): string[] =>
  checkAddon(file, platform, page).faults.map(({ fault }) => fault)

export function accepted(t: ExecutionContext, platform: string, file: Buffer): void {
  t.deepEqual(faultsOf(file, platform), [])
  t.is(platformOf(factsOf(file)!), platform)
}

export const refused = (t: ExecutionContext, platform: string, file: Buffer, ...faults: (string | RegExp)[]): void => {
  const found = faultsOf(file, platform)
  t.is(found.length, faults.length, found.join('; '))
  for (const [index, fault] of faults.entries()) {
    if (typeof fault === 'string') t.is(found[index], fault)
    else t.regex(found[index]!, fault)
  }
}

/** The platform of the libraries that this system's compiler makes. */
export const host = `linux-${process.arch}-gnu`
