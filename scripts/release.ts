// What a release consists of: `npm run release -- help`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { addressOf, placeholder, setAddress } from './release/address.js'
import { linkedCrates } from './release/crates.js'
import { notices, noticesFile } from './release/notices.js'
import { pack, type Release } from './release/pack.js'
import { platforms, readManifest } from './release/packages.js'
import { renderSbom, sbom, sbomFile } from './release/sbom.js'
import { setVersion, statedVersions, versionsOutOfStep } from './release/version.js'
import { root } from './setup/root.mjs'
import { stop } from './setup/run.mjs'

const help = `npm run release -- COMMAND
  version            checks that all manifests and lock files state one version
  version 1.2.3      sets it
  address https://…  sets the repository's address in the nine packages
  notices            writes ${noticesFile} and ${sbomFile}
  notices --check    fails if they are not current
  pack [PLATFORM …]  makes the folders to publish in target/packages; without a platform, of all
       --addons DIR  where the addons are (the checkout)
       --out DIR     another folder to write to`

function version(wanted: string | undefined): void {
  if (wanted) setVersion(root, wanted)
  const differing = versionsOutOfStep(root)
  for (const { place, version } of differing) console.log(`${place} states ${version}`)
  const [ours] = statedVersions(root)
  if (differing.length > 0) stop(`package.json states ${ours!.version}: npm run release -- version ${ours!.version}`)
  console.log(`all state ${ours!.version}`)
}

function writeNotices(onlyCheck: boolean): void {
  const linked = linkedCrates()
  const files = { [noticesFile]: notices(linked.crates), [sbomFile]: renderSbom(sbom(linked)) }
  for (const [file, text] of Object.entries(files)) {
    if (!onlyCheck) writeFileSync(join(root, file), text)
    else if (readFileSync(join(root, file), 'utf8') !== text) stop(`${file} is not current: npm run release -- notices`)
  }
  console.log(`${linked.crates.length} crates`)
}

function packAll(release: Release): void {
  for (const folder of pack(release)) console.log(relative('.', folder))
  if (addressOf(readManifest(root, 'package.json')) === placeholder)
    console.log('The address of the repository is a placeholder: npm run release -- address https://…')
}

function main(): void {
  const options = { check: { type: 'boolean' }, addons: { type: 'string' }, out: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [command, ...rest] = positionals
  if (command === 'version') version(rest[0])
  else if (command === 'address' && rest[0]) setAddress(root, rest[0])
  else if (command === 'notices') writeNotices(values.check ?? false)
  else if (command === 'pack') {
    const out = values.out ?? join(root, 'target', 'packages')
    packAll({ root, addons: values.addons ?? root, platforms: rest.length > 0 ? rest : Object.keys(platforms), out })
  } else {
    console.log(help)
    process.exitCode = command === 'help' ? 0 : 1
  }
}

try {
  main()
} catch (error) {
  stop((error as Error).message)
}
