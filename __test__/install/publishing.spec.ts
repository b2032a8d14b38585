import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { addonFile } from '../../scripts/release/addon/name.js'
import { pack } from '../../scripts/release/pack.js'
import { platforms, readManifest } from '../../scripts/release/packages.js'
import { publish } from '../../scripts/release/publish.js'
import { inTempDir } from '../helpers/temp.js'
import { withRegistry } from './registry.js'

// The addons are a few bytes here: none of them is loaded.

const root = join(process.cwd(), '..', '..')
const { version } = readManifest(root, 'package.json')

function packSmallAddons(dir: string): string[] {
  for (const platform of Object.keys(platforms)) writeFileSync(join(dir, addonFile(platform)), platform)
  return pack({ root, addons: dir, platforms: Object.keys(platforms), out: join(dir, 'packages'), takesAnyFile: true })
}

test('publishing that broke off after any package is completed by running it again', t =>
  inTempDir(dir =>
    withRegistry(dir, async registry => {
      const folders = packSmallAddons(dir)
      const names = folders.map(folder => readManifest(folder, 'package.json').name)
      const statusOfRoot = async () => (await fetch(`${registry.url}rivers-storage`)).status
      for (const [done, name] of names.entries()) {
        // Nobody can install a root whose platforms are not all there.
        t.is(await statusOfRoot(), 404)
        t.deepEqual(await publish(folders.slice(0, done + 1), registry), [name])
      }
      t.deepEqual(await publish(folders, registry), [])
      t.is(await statusOfRoot(), 200)
    }),
  ))

test('a release that was packed from another build does not complete one that broke off', t =>
  inTempDir(dir =>
    withRegistry(dir, async registry => {
      const folders = packSmallAddons(dir)
      await publish(folders.slice(0, 2), registry)
      const [, second, third] = folders.map(folder => readManifest(folder, 'package.json').name)
      writeFileSync(join(folders[1]!, 'README.md'), 'of another build')
      const message = `${second}@${version} is published with other content: set a new version.`
      await t.throwsAsync(publish(folders, registry), { message })
      t.is((await fetch(registry.url + third)).status, 404, 'nothing is published before all is compared')
    }),
  ))

test('the latest version does not become an older one', t =>
  inTempDir(dir =>
    withRegistry(dir, async registry => {
      const [folder] = packSmallAddons(dir)
      const manifest = readManifest(folder!, 'package.json')
      const publishAs = (version: string, tag?: string) => {
        writeFileSync(join(folder!, 'package.json'), JSON.stringify({ ...manifest, version }))
        return publish([folder!], registry, tag)
      }
      await publishAs('0.10.0')
      await t.throwsAsync(publishAs('0.9.0'), { message: /^The latest version of .* is 0\.10\.0\. .*--tag NAME$/ })
      await publishAs('0.9.0', 'old')
      await publishAs('0.11.0-rc.1')
      const packument = await (await fetch(registry.url + manifest.name)).json()
      t.like(packument, { 'dist-tags': { latest: '0.10.0', old: '0.9.0', next: '0.11.0-rc.1' } })
    }),
  ))
