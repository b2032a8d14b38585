import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/root.mjs'
import { run } from '../setup/run.mjs'
import type { Suite } from './suites.js'
import { generated, typescript } from './workspace.js'

function filesOf(path: string): string[] {
  const full = join(root, path)
  if (!existsSync(full)) return []
  return statSync(full).isDirectory() ? readdirSync(full).flatMap(name => filesOf(join(path, name))) : [path]
}

const read = () => new Map(generated.flatMap(filesOf).map(path => [path, readFileSync(join(root, path), 'utf8')]))

/**
 * A suite that generates again and finds the generated files as they were when this was called, whether they are
 * committed or not. Call it before anything builds.
 */
export function generatedAreCurrent(): Suite {
  const before = read()
  return {
    name: 'generated files are current',
    async run() {
      const built =
        run(process.execPath, typescript('scripts/build.ts')) && run(process.execPath, typescript('scripts/docs.ts'))
      const after = read()
      const stale = [...new Set([...before.keys(), ...after.keys()])].filter(
        path => before.get(path) !== after.get(path),
      )
      for (const path of stale) console.log(`was not current: ${path}`)
      return built && stale.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
    },
  }
}
