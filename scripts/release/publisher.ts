import { isNewer } from './version.js'

export interface Publisher {
  npm: string
  node: string
}

/** The oldest that know trusted publishing. An older npm would ask for a login. */
const NEEDED: Publisher = { npm: '11.5.1', node: '22.14.0' }

/** Why these versions cannot publish from a workflow, a sentence each. */
export const publisherFaults = (found: Publisher): string[] =>
  (['npm', 'node'] as const)
    .filter(name => isNewer(NEEDED[name], found[name]))
    .map(name => `Trusted publishing needs ${name} ${NEEDED[name]} or newer; this is ${found[name]}.`)
