import { output } from '../setup/run.mjs'
import type { Suite } from './suites.js'
import { cargoEnv } from './workspace.js'

/** Parts of the engine that the addon does without, and what they would bring. */
const unwanted: Record<string, string> = {
  'surrealdb-core': 'executes SurrealQL: most of the engine',
  'surrealdb-idx': 'full-text and vector indexes',
  lindera: 'a dictionary of Japanese',
  diskann: 'vector search',
  object_store: 'cloud storage',
  reqwest: 'an HTTP client',
  hyper: 'an HTTP server and client',
  rustls: 'TLS',
  rquickjs: 'a JavaScript engine',
}

/** The crates that the addon is made from, each with its features; with `dev`, as the tests ask for them. */
function crates(edges: string): Map<string, string> {
  const args = ['tree', '--locked', '--edges', edges, '--prefix', 'none', '--format', '{p} [{f}]']
  const tree = output('cargo', args, { env: cargoEnv }) ?? ''
  return new Map(Array.from(tree.matchAll(/^(\S+ v\S+).*?\[(.*?)\]/gm), ([, name, features]) => [name!, features!]))
}

/** Without the version. */
const plain = (name: string): string => name.split(' ')[0]!

/** A suite on what the addon is linked from. */
export const linked: Suite = {
  name: 'what is linked',
  async run() {
    const linkedCrates = crates('normal')
    const built = crates('normal,build')
    const tested = crates('normal,build,dev')
    const found = [...linkedCrates.keys()].filter(name => unwanted[plain(name)])
    for (const name of found) console.log(`the addon is linked from ${name}: ${unwanted[plain(name)]}`)
    const differing = [...built].filter(([name, features]) => tested.get(name) !== features)
    for (const [name, features] of differing) {
      console.log(
        `tests alone ask for features of ${name}, so it is compiled twice: ${tested.get(name)}, not ${features}`,
      )
    }
    console.log(`${linkedCrates.size} crates are linked`)
    const failed = found.length + differing.length + (linkedCrates.size === 0 ? 1 : 0)
    return { passed: failed === 0 ? 1 : 0, failed }
  },
}
