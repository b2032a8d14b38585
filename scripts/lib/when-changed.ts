import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/root.mjs'
import type { Suite } from './suites.js'
import { targetDir } from './workspace.js'

/** Outlives the checkout, as what is compiled does: a fresh clone of the same sources skips the same suites. */
const stamps = join(targetDir, 'passed')

/** All files at the path, which may be a folder, without installed packages. */
function filesOf(path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  const names = readdirSync(join(root, path)).filter(name => name !== 'node_modules')
  return names.toSorted().flatMap(name => filesOf(`${path}/${name}`))
}

function digest(files: string[]): string {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`)
  for (const file of files.flatMap(filesOf)) {
    const content = readFileSync(join(root, file))
    hash.update(`\n${file} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/**
 * The suite, skipped while its `files` (folders with all they hold) are as they were when it last passed.
 * `name` is that of the npm script which always runs it.
 */
export function whenChanged(name: string, files: string[], suite: Suite): Suite {
  const stamp = join(stamps, name.replace(':', '-'))
  return {
    ...suite,
    async run() {
      const now = digest(files)
      if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) {
        return { passed: 0, failed: 0, skipped: `unchanged since it passed; npm run ${name}` }
      }
      const result = await suite.run()
      if (result.failed === 0 && !result.skipped) {
        mkdirSync(stamps, { recursive: true })
        writeFileSync(stamp, now)
      }
      return result
    },
  }
}
