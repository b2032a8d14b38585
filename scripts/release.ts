// The steps of a release: `npm run release -- help`.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { addonFile } from './release/addon/name.js'
import { addressOf, placeholder, setAddress } from './release/address.js'
import { checkFiles } from './release/check.js'
import { linkedCrates } from './release/crates.js'
import { notices, noticesFile } from './release/notices.js'
import { pack, type Release } from './release/pack.js'
import { packedFolders } from './release/packed-folders.js'
import { platforms, readManifest } from './release/packages.js'
import { publish } from './release/publish.js'
import { renderSbom, sbomFile, sbomOfAllPlatforms } from './release/sbom.js'
import { checkPublisher, checkTag, prepare, printTrust, report, tryInContainers, tryPackages } from './release/steps.js'
import { setVersion, statedVersions, versionsOutOfStep } from './release/version.js'
import { publishedDir } from './lib/workspace.js'
import { root } from './setup/root.mjs'
import { output, stop } from './setup/run.mjs'

const setIt = 'npm run release -- address https://…'

const help = `npm run release -- COMMAND
  tag v1.2.3         fails unless the checkout may be released under this tag
  version            checks that all manifests and lock files state one version
  version 1.2.3      sets it
  address https://…  sets the repository's address in the nine packages
  notices            writes ${noticesFile} and ${sbomFile}
  notices --check    fails if they are not current
  check FILE …       checks built addons: what they need, export and have
  prepare TRIPLE     installs what a runner lacks to build for a target
       --dry-run     prints the commands
  pack [PLATFORM …]  makes the folders to publish in target/packages; without a platform, of all
       --addons DIR  where the addons are (dist)
       --optional PLATFORM  is left out if its addon is not there
  try                installs the packages with npm, and runs the programs of the README and of a test
  containers PLATFORM  does so in containers, by docker
       --dry-run     prints docker's commands
  publish            publishes them; run again, it publishes what is missing
       --registry URL  where to (that of npm's settings)
       --tag NAME    the tag (next for a prerelease, latest otherwise)
       --out DIR     another folder than target/packages, also for pack, try and containers
  trust              prints the commands that let the release workflow publish
  report URL         opens an issue about a failed nightly run, or adds to it`

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
  checkPublisher()
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
  const flag = { type: 'boolean' } as const
  const options = {
    check: flag,
    'dry-run': flag,
    addons: text,
    optional: text,
    out: text,
    registry: text,
    tag: text,
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [command, ...rest] = positionals
  const out = values.out ?? join(root, 'target', 'packages')
  if (command === 'version') version(rest[0])
  else if (command === 'address' && rest[0]) setAddress(root, rest[0])
  else if (command === 'notices') writeNotices(values.check ?? false)
  else if (command === 'check' && rest.length > 0) process.exitCode = checkFiles(root, rest) ? 0 : 1
  else if (command === 'tag' && rest[0]) {
    version(undefined)
    checkTag(rest[0])
  } else if (command === 'prepare' && rest[0]) prepare(rest[0], values['dry-run'] ?? false)
  else if (command === 'trust') printTrust()
  else if (command === 'report' && rest[0]) report(rest[0])
  else if (command === 'containers' && rest[0]) tryInContainers(rest[0], out, values['dry-run'] ?? false)
  else if (command === 'try') tryPackages(out)
  else if (command === 'pack') {
    const addons = values.addons ?? join(root, publishedDir)
    const isThere = (platform: string): boolean => existsSync(join(addons, addonFile(platform)))
    const wanted = rest.length > 0 ? rest : Object.keys(platforms)
    packAll({ root, addons, platforms: wanted.filter(name => name !== values.optional || isThere(name)), out })
  } else if (command === 'publish') await publishAll(out, values.registry, values.tag)
  else {
    console.log(help)
    process.exitCode = command === 'help' ? 0 : 1
  }
}

main().catch((error: Error) => stop(error.message))
