import { SlotLease, Storage } from '../binding.js'

// A realm may have no `Symbol.dispose`: contexts of `vm` lack it before Node 24, also where Node itself has it. Compiled
// `using` then looks for the first of these symbols, and jest defines the missing one as the second.
const prefixes = ['Symbol', 'nodejs']

const methods: [object, { dispose: unknown; asyncDispose: unknown }][] = [
  [Storage.prototype, { dispose: Storage.prototype.closeSync, asyncDispose: Storage.prototype.close }],
  [SlotLease.prototype, { dispose: SlotLease.prototype.releaseSync, asyncDispose: SlotLease.prototype.release }],
]

for (const [prototype, named] of methods) {
  for (const [name, value] of Object.entries(named)) {
    for (const symbol of prefixes.map(prefix => Symbol.for(`${prefix}.${name}`))) {
      if (!(symbol in prototype))
        Object.defineProperty(prototype, symbol, { value, writable: true, configurable: true })
    }
  }
}
