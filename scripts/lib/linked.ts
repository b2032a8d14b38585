import { output } from '../setup/run.mjs'
import type { Suite } from './suites.js'
import { cargoEnv } from './cargo-env.js'
import { surrealqlFeature } from './workspace.js'

/** The heavy parts of the published addon, each with its reason. */
const wanted: Record<string, string> = {
  'surrealdb-rocksdb': 'stores on disk',
  'surrealdb-datastore': 'keys, values and the definitions of tables',
  'surrealdb-core': 'executes SurrealQL',
  'surrealdb-idx': 'a part of the executor: full-text and vector indexes, of which our tables have none',
  lindera: 'a part of surrealdb-idx: it splits Japanese text',
  diskann: 'a part of surrealdb-idx: vector search',
  object_store: 'a part of the executor: its files, which `query` refuses',
  reqwest: 'a part of object_store: cloud storage',
  hyper: 'a part of reqwest: HTTP',
  'surrealdb-rpc': 'the messages of a server',
  'tokio-tungstenite': 'the connection to a server',
  rustls: 'TLS of the connection to a server',
  ammonia: 'a part of the executor: it cleans HTML',
  rayon: 'a part of the executor: it sorts',
}

/** What a switch of a feature could bring in, and what for. */
const unwanted: Record<string, string> = {
  rquickjs: 'a JavaScript engine',
  wasmtime: 'a WebAssembly engine',
  'surrealdb-kvs-rocksdb': 'a store for many writers',
  'surrealdb-kvs-mem': 'a store for many writers',
  surrealdb: 'the client of SurrealDB, which dials for ever',
  'surrealdb-gql': 'another query language',
  'async-graphql': 'GraphQL',
  jemallocator: 'another allocator',
}

/** What only the executor needs: a build without it has none of them. */
const ofExecutor = ['surrealdb-core', 'surrealdb-idx', 'object_store', 'reqwest']

/** The crates that the addon is made from, each with its features; with `dev`, as the tests ask for them. */
function crates(edges: string, features: string[]): Map<string, string> {
  const args = ['tree', '--locked', ...features, '--edges', edges, '--prefix', 'none', '--format', '{p} [{f}]']
  const tree = output('cargo', args, { env: cargoEnv() }) ?? ''
  return new Map(Array.from(tree.matchAll(/^(\S+ v\S+).*?\[(.*?)\]/gm), ([, name, features]) => [name!, features!]))
}

/** Without the version. */
const plain = (name: string): string => name.split(' ')[0]!

/** A suite on what the addon is linked from. */
export const linked: Suite = {
  name: 'what is linked',
  async run() {
    const published = new Set([...crates('normal', surrealqlFeature).keys()].map(plain))
    const withoutExecutor = new Set([...crates('normal', []).keys()].map(plain))
    const built = crates('normal,build', surrealqlFeature)
    const tested = crates('normal,build,dev', surrealqlFeature)
    const faults = [
      ...Object.keys(wanted)
        .filter(name => !published.has(name))
        .map(name => `${name} is listed, and not linked`),
      ...Object.entries(unwanted)
        .filter(([name]) => published.has(name))
        .map(([name, what]) => `linked: ${name}, ${what}`),
      ...ofExecutor.filter(name => withoutExecutor.has(name)).map(name => `${name} is linked without the executor`),
      ...[...built]
        .filter(([name, features]) => tested.get(name) !== features)
        .map(([name, features]) => `compiled twice: tests ask for ${name} [${tested.get(name)}], not [${features}]`),
    ]
    for (const fault of faults) console.log(fault)
    console.log(`${published.size} crates are linked, ${withoutExecutor.size} without the executor`)
    const failed = faults.length + (withoutExecutor.size === 0 ? 1 : 0)
    return { passed: failed === 0 ? 1 : 0, failed }
  },
}
