import { spawn } from 'node:child_process'
import { readManifest } from './packages.js'

export interface Target {
  /** The address of the registry. */
  registry: string
  /** npm's environment, with the right to publish there. */
  env?: NodeJS.ProcessEnv
}

async function isPublished(registry: string, name: string, version: string): Promise<boolean> {
  const answer = await fetch(new URL(name, registry.replace(/\/?$/, '/')))
  if (answer.status === 404) return false
  if (!answer.ok) throw new Error(`The registry answers ${answer.status} to a question about ${name}.`)
  const { versions } = (await answer.json()) as { versions: Record<string, unknown> }
  return version in versions
}

/** Not `spawnSync`: blocked for as long as an upload takes, `fetch` would use a connection that the registry has closed. */
const npm = (args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const options = { cwd, env, shell: process.platform === 'win32' }
    const child = spawn('npm', args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] })
    child.on('error', reject)
    child.on('close', resolve)
  })

/**
 * Publishes the folders in their order. What is there already is left out, so that publishing which broke off is
 * completed by running it again. Gives the names that were published now.
 */
export async function publish(folders: string[], { registry, env = process.env }: Target): Promise<string[]> {
  const published: string[] = []
  for (const folder of folders) {
    const { name, version } = readManifest(folder, 'package.json')
    if (await isPublished(registry, name, version)) continue
    // npm takes no version such as 1.0.0-rc.1 without a tag, so that it does not become the newest.
    const tag = version.includes('-') ? ['--tag', 'next'] : []
    const args = ['publish', '--registry', registry, '--access', 'public', ...tag, '--loglevel', 'error']
    // In the folder: npm would take a path such as a/b for a repository on GitHub.
    const code = await npm(args, folder, env)
    // An answer that was lost: the package may be there all the same.
    if (code !== 0 && !(await isPublished(registry, name, version)))
      throw new Error(`npm does not publish ${name}@${version}: see above.`)
    published.push(name)
  }
  return published
}
