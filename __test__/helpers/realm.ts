import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction, createContext, runInContext } from 'node:vm'
import type { Rivers } from './child.js'

/** What a context lacks that code for Node relies on: test runners give it the same. */
const PROVIDED = { AbortController, AbortSignal, Buffer, process, setImmediate, setTimeout, structuredClone }

export interface Realm {
  /** The package, loaded there. */
  readonly rivers: Rivers
  /** The function as one of the realm: it sees its arguments and the realm's globals, nothing of the file it stands in. */
  own<F extends (...given: never[]) => unknown>(work: F): F
}

/**
 * Loads the package as test runners do: each of its JavaScript files runs in a realm of its own, and the addon is
 * that of the process.
 */
export function newRealm(provided: Record<string, unknown> = {}, folder = process.cwd()): Realm {
  // The runner of the tests names inner functions by a helper, which the copied source needs, too.
  const context = createContext({ ...PROVIDED, ...provided, __name: (named: unknown) => named })
  const modules = new Map<string, { exports: unknown }>()
  const load = (file: string): unknown => {
    const known = modules.get(file)
    if (known) return known.exports
    const module = { exports: {} }
    modules.set(file, module)
    const outer = createRequire(file)
    const require = (name: string): unknown => {
      const path = outer.resolve(name)
      return isBuiltin(path) || /\.(node|json)$/.test(path) ? outer(path) : load(path)
    }
    const names = ['module', 'exports', 'require', '__filename', '__dirname']
    const run = compileFunction(readFileSync(file, 'utf8'), names, { filename: file, parsingContext: context })
    run(module, module.exports, require, file, dirname(file))
    return module.exports
  }
  const rivers = load(join(folder, 'index.js')) as Rivers
  return { rivers, own: work => runInContext(`(${work.toString()})`, context) }
}
