import { output } from './run.mjs'
import { cargoEnv } from './workspace.mjs'

/** Parts of the engine that the addon does without, and what they would bring. */
const unwanted = {
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

/** A suite that finds none of them in what the addon is linked from. */
export const nothingUnusedIsLinked = {
  name: 'what is linked',
  async run() {
    const args = ['tree', '--locked', '--edges', 'normal', '--package', 'rivers-storage-node', '--prefix', 'none']
    const tree = output('cargo', [...args, '--format', '{p}'], { env: cargoEnv })
    const linked = new Set(tree?.match(/^\S+(?= v)/gm))
    const found = Object.entries(unwanted).filter(([name]) => linked.has(name))
    for (const [name, what] of found) console.log(`the addon is linked from ${name}: ${what}`)
    console.log(`${linked.size} crates are linked`)
    return linked.size > 0 && found.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  },
}
