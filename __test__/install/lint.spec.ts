import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { addonFile } from '../../scripts/release/addon/name.js'
import { pack } from '../../scripts/release/pack.js'
import { inTempDir } from '../helpers/temp.js'
import { run } from './run.js'

// What publint and arethetypeswrong say of what is published.

const root = join(process.cwd(), '..', '..')
const platform = 'linux-x64-gnu'

const withPacked = (work: (platformFolder: string, rootFolder: string) => Promise<void>): Promise<void> =>
  inTempDir(async dir => {
    mkdirSync(join(dir, 'addons'))
    writeFileSync(join(dir, 'addons', addonFile(platform)), '')
    const addons = join(dir, 'addons')
    const out = join(dir, 'packages')
    const [first, last] = pack({ root, addons, platforms: [platform], out, takesAnyFile: true })
    await work(first!, last!)
  })

test('publint has nothing to say of the root and of a platform', t =>
  withPacked(async (...folders) => {
    // By its command: with an import, types would be checked only where the packages of this folder are installed.
    const publint = join(process.cwd(), 'node_modules', 'publint', 'src', 'cli.js')
    for (const folder of folders) {
      const { code, output } = await run(
        process.execPath,
        [publint, folder, '--pack', 'npm', '--strict'],
        folder,
        process.env,
      )
      t.is(code, 0, output)
      // Its suggestions do not change the exit code.
      t.regex(output, /All good!/)
    }
  }))

test('arethetypeswrong finds no fault in the root', t =>
  withPacked(async (_, folder) => {
    const attw = join(process.cwd(), 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
    const { code, output } = await run(
      process.execPath,
      [attw, '--pack', '.', '--format', 'ascii'],
      folder,
      process.env,
    )
    t.is(code, 0, output)
  }))
