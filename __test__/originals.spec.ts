import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'

// Beside the checkout, where the project's people have them; elsewhere there is nothing to compare with.
const originals = join('..', 'shared')

/** The project's own files beside them, such as missing.d.ts and DEVIATIONS.md, are not compared. */
const folders: [original: string, copy: string, files: (names: string[]) => string[]][] = [
  ['contract', 'contract', () => ['check-next.ts', 'next.d.ts']],
  ['oracle', 'oracle', () => ['README.md']],
  ['oracle/recorded', 'oracle/recorded', names => names],
]

for (const [original, copy, choose] of folders) {
  test(`the copies in __test__/${copy} equal their originals`, async t => {
    const from = join(originals, original)
    if (!existsSync(from)) {
      t.log('originals not here')
      return t.pass()
    }
    const to = join('__test__', copy)
    const names = choose((await readdir(from)).toSorted())
    t.deepEqual(choose((await readdir(to)).toSorted()), names)
    for (const name of names)
      t.is(await readFile(join(to, name), 'utf8'), await readFile(join(from, name), 'utf8'), name)
  })
}
