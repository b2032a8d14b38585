import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { readManifest } from './packages.js'
import { untilSeen } from './seen.js'
import { isNewer } from './version.js'

export interface Registry {
  url: string
  /** npm's environment, with the right to publish there. */
  env?: NodeJS.ProcessEnv
}

/** What a registry tells of a package. */
interface Packument {
  versions: Record<string, { dist: { integrity?: string } }>
  'dist-tags'?: { latest?: string }
}

async function packumentOf(url: string, name: string): Promise<Packument | undefined> {
  const answer = await fetch(new URL(name, url.replace(/\/?$/, '/')))
  if (answer.status === 404) return undefined
  if (!answer.ok) throw new Error(`The registry answers ${answer.status} to a question about ${name}.`)
  return (await answer.json()) as Packument
}

const isWindows = process.platform === 'win32'

/** Not `spawnSync`: blocked for as long as an upload takes, `fetch` would use a connection that the registry has closed. */
const npm = (args: string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<{ code: number | null; printed: string }> =>
  new Promise((done, reject) => {
    const options = { ...(cwd && { cwd }), env, shell: isWindows }
    const child = spawn('npm', [...args, '--loglevel', 'error'], { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', text => (printed += text))
    child.on('error', reject)
    child.on('close', code => done({ code, printed }))
  })

/** The hash of what npm uploads of each folder, by the name of its package. */
async function integrities(folders: string[], env: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  if (folders.length === 0) return new Map()
  const paths = folders.map(folder => (isWindows ? `"${resolve(folder)}"` : resolve(folder)))
  const { code, printed } = await npm(['pack', '--dry-run', '--json', ...paths], env)
  if (code !== 0) throw new Error('npm does not pack what is to be compared with the registry: see above.')
  const packed: { name: string; integrity: string }[] = Object.values(JSON.parse(printed))
  return new Map(packed.map(({ name, integrity }) => [name, integrity]))
}

/** The folders that the registry lacks. Throws if it has one with other content: a release would have parts of two builds. */
async function missingFolders(folders: string[], url: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const published = new Map<string, string | undefined>()
  for (const folder of folders) {
    const { name, version } = readManifest(folder, 'package.json')
    const found = (await packumentOf(url, name))?.versions[version]
    if (found) published.set(folder, found.dist.integrity)
  }
  const ours = await integrities([...published.keys()], env)
  for (const [folder, integrity] of published) {
    const { name, version } = readManifest(folder, 'package.json')
    if (ours.get(name) !== integrity)
      throw new Error(`${name}@${version} is published with other content: set a new version.`)
  }
  return folders.filter(folder => !published.has(folder))
}

/** An installation of the root would leave out a platform that it cannot see. */
async function untilAllSeen(folders: string[], url: string): Promise<void> {
  const versions = new Map(folders.map(folder => readManifest(folder, 'package.json')).map(m => [m.name, m.version]))
  await untilSeen([...versions.keys()], async name => {
    const packument = await packumentOf(url, name)
    return packument?.versions[versions.get(name)!] !== undefined
  })
}

/** The tag to publish a folder with if none is named. Throws if the latest version would become an older one. */
async function tagOf(folder: string, url: string): Promise<string> {
  const { name, version } = readManifest(folder, 'package.json')
  if (version.includes('-')) return 'next'
  const latest = (await packumentOf(url, name))?.['dist-tags']?.latest
  if (latest && isNewer(latest, version))
    throw new Error(`The latest version of ${name} is ${latest}. To publish an older one, name its tag: --tag NAME`)
  return 'latest'
}

/**
 * Publishes the folders in their order, and returns the names of those that it published. It skips what the registry has
 * with the same content, so that a second run completes one that broke off.
 */
export async function publish(
  folders: string[],
  { url, env = process.env }: Registry,
  tag?: string,
): Promise<string[]> {
  const missing = await missingFolders(folders, url, env)
  const tags = await Promise.all(missing.map(folder => tag ?? tagOf(folder, url)))
  const published: string[] = []
  for (const [index, folder] of missing.entries()) {
    const { name, version } = readManifest(folder, 'package.json')
    // The root is the last.
    if (folder === folders.at(-1)) await untilAllSeen(folders.slice(0, -1), url)
    // In the folder: npm would take a path such as a/b for a repository on GitHub.
    const { code } = await npm(['publish', '--registry', url, '--access', 'public', '--tag', tags[index]!], env, folder)
    // npm also fails if only the answer of the registry is lost.
    if (code !== 0 && (await missingFolders([folder], url, env)).length > 0)
      throw new Error(`npm does not publish ${name}@${version}: see above.`)
    published.push(name)
  }
  return published
}
