// The steps of the workflows, which run commands of the machine. Their decisions are in the other files of this folder.
import { appendFileSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup/root.mjs'
import { output, run, stop } from '../setup/run.mjs'
import { addressOf, placeholder } from './address.js'
import { containerRuns } from './containers.js'
import { platforms, readManifest } from './packages.js'
import { prepareCommands, preparedPaths } from './prepare.js'
import { programsFolder, writePrograms } from './programs.js'
import { publisherFaults } from './publisher.js'
import { reportArguments, search } from './report.js'
import { tagFaults } from './tag.js'
import { trustCommands } from './trust.js'

const stopAt = (faults: string[]): void => {
  if (faults.length > 0) stop(faults.join('\n'))
}

export function checkTag(tag: string): void {
  const manifest = readManifest(root, 'package.json')
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  const repository = server && name ? `${server}/${name}` : undefined
  stopAt(tagFaults(tag, { version: manifest.version, changelog, address: addressOf(manifest), repository }))
}

export function prepare(triple: string, onlyPrints: boolean): void {
  const rust = /^rust-version = "(.*)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1]
  for (const [program, ...args] of prepareCommands(triple, rust ?? stop('Cargo.toml has no rust-version.'))) {
    console.log([program, ...args].join(' '))
    if (!onlyPrints && !run(program, args)) stop(`${program} failed: see above.`)
  }
  for (const path of preparedPaths(triple)) {
    console.log(`on the path: ${path}`)
    // The runner puts the lines of this file on the path of the steps that follow.
    if (!onlyPrints && process.env.GITHUB_PATH) appendFileSync(process.env.GITHUB_PATH, `${path}\n`)
  }
}

export function tryPackages(packages: string): void {
  writePrograms()
  const args = [join('scripts', 'release', 'try.mjs'), packages, programsFolder]
  if (!run(process.execPath, args)) stop('The packages do not run here: see above.')
}

export function tryInContainers(platform: string, packages: string, onlyPrints: boolean): void {
  if (!onlyPrints) writePrograms()
  const tried = { packages, programs: programsFolder, node: dirname(process.execPath) }
  for (const args of containerRuns(platform, tried)) {
    console.log(`docker ${args.join(' ')}`)
    if (!onlyPrints && !run('docker', args)) stop('The packages do not run in this container: see above.')
  }
}

/** Where a job may ask for a token by OIDC, npm publishes by that. */
export function checkPublisher(): void {
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL) return
  const npm = output('npm', ['--version'])?.trim() ?? stop('npm does not run.')
  console.log(`npm ${npm}, Node ${process.versions.node}`)
  stopAt(publisherFaults({ npm, node: process.versions.node }))
}

export function printTrust(): void {
  const manifest = readManifest(root, 'package.json')
  const names = [...Object.keys(platforms).map(platform => `${manifest.name}-${platform}`), manifest.name]
  const address = addressOf(manifest)
  if (address === placeholder) stop('The address of the repository is a placeholder.')
  for (const command of trustCommands(names, address)) console.log(command)
}

export function report(url: string): void {
  const found = output('gh', search) ?? stop('gh does not list the issues: see above.')
  if (!run('gh', reportArguments(found, url))) stop('gh does not report: see above.')
}
