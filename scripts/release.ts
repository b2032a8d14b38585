// The steps of a release: `npm run release -- help`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { addressOf, placeholder, setAddress } from './release/address.js'
import { checkFiles } from './release/check.js'
import { linkedCrates } from './release/crates.js'
import { notices, noticesFile } from './release/notices.js'
import { pack, type Release } from './release/pack.js'
import { packedFolders } from './release/packed-folders.js'
import { platforms, readManifest } from './release/packages.js'
import { publish } from './release/publish.js'
import { renderSbom, sbomFile, sbomOfAllPlatforms } from './release/sbom.js'
import { setVersion, statedVersions, versionsOutOfStep } from './release/version.js'
import { publishedDir } from './lib/workspace.js'
import { root } from './setup/root.mjs'
import { output, stop } from './setup/run.mjs'

const setIt = 'npm run release -- address https://…'

const help = `npm run release -- COMMAND
  version            checks that all manifests and lock files state one version
  version 1.2.3      sets it
  address https://…  sets the repository's address in the nine packages
  notices            writes ${noticesFile} and ${sbomFile}
  notices --check    fails if they are not current
  check FILE …       checks built addons: what they need, export and have
  pack [PLATFORM …]  makes the folders to publish in target/packages; without a platform, of all
       --addons DIR  where the addons are (dist)
  publish            publishes them; run again, it publishes what is missing
       --registry URL  where to (that of npm's settings)
       --tag NAME    the tag (next for a prerelease, latest otherwise)
       --out DIR     another folder than target/packages, also for pack`

function version(wanted: string | undefined): void {
  if (wanted) setVersion(root, wanted)
  const differing = versionsOutOfStep(root)
  for (const { place, version } of differing) console.log(`${place} states ${version}`)
  const [ours] = statedVersions(root)
  if (differing.length > 0)
    stop(`package.json states ${ours!.version}. To set it everywhere: npm run release -- version ${ours!.version}`)
  console.log(`all state ${ours!.version}`)
}

function writeNotices(onlyCheck: boolean): void {
  const linked = linkedCrates()
  const files = { [noticesFile]: notices(linked.crates), [sbomFile]: renderSbom(sbomOfAllPlatforms(linked)) }
  for (const [file, text] of Object.entries(files)) {
    if (!onlyCheck) writeFileSync(join(root, file), text)
    else if (readFileSync(join(root, file), 'utf8') !== text) stop(`${file} is not current: npm run release -- notices`)
  }
  console.log(`${linked.crates.length} crates`)
}

const hasAddress = (): boolean => addressOf(readManifest(root, 'package.json')) !== placeholder

function packAll(release: Release): void {
  for (const folder of pack(release)) console.log(relative('.', folder))
  if (!hasAddress()) console.log(`The address of the repository is a placeholder: ${setIt}`)
}

async function publishAll(out: string, wanted: string | undefined, tag: string | undefined): Promise<void> {
  if (!hasAddress()) stop(`The address of the repository is a placeholder: ${setIt}`)
  const url = wanted ?? output('npm', ['config', 'get', 'registry'])?.trim()
  if (!url) return stop('npm does not name a registry.')
  // All of them have the address of the checkout, which is no placeholder.
  const folders = packedFolders(root, out)
  const published = await publish(folders, { url }, tag)
  for (const name of published) console.log(name)
  console.log(`${published.length} published, ${folders.length - published.length} were there already`)
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const
  const options = { check: { type: 'boolean' }, addons: text, out: text, registry: text, tag: text } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [command, ...rest] = positionals
  const out = values.out ?? join(root, 'target', 'packages')
  if (command === 'version') version(rest[0])
  else if (command === 'address' && rest[0]) setAddress(root, rest[0])
  else if (command === 'notices') writeNotices(values.check ?? false)
  else if (command === 'check' && rest.length > 0) process.exitCode = checkFiles(root, rest) ? 0 : 1
  else if (command === 'pack') {
    packAll({
      root,
      addons: values.addons ?? join(root, publishedDir),
      platforms: rest.length > 0 ? rest : Object.keys(platforms),
      out,
    })
  } else if (command === 'publish') await publishAll(out, values.registry, values.tag)
  else {
    console.log(help)
    process.exitCode = command === 'help' ? 0 : 1
  }
}

main().catch((error: Error) => stop(error.message))
