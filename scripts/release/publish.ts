import { spawn } from 'node:child_process'
import { readManifest } from './packages.js'

export interface Registry {
  url: string
  /** npm's environment, with the right to publish there. */
  env?: NodeJS.ProcessEnv
}

async function isPublished(url: string, name: string, version: string): Promise<boolean> {
  const answer = await fetch(new URL(name, url.replace(/\/?$/, '/')))
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
 * Publishes the folders in their order, and returns the names of those that it published. It skips what the registry has,
 * so that a second run completes one that broke off.
 */
export async function publish(folders: string[], { url, env = process.env }: Registry): Promise<string[]> {
  const published: string[] = []
  for (const folder of folders) {
    const { name, version } = readManifest(folder, 'package.json')
    if (await isPublished(url, name, version)) continue
    // npm takes no version such as 1.0.0-rc.1 without a tag, so that it does not become the newest.
    const tag = version.includes('-') ? ['--tag', 'next'] : []
    const args = ['publish', '--registry', url, '--access', 'public', ...tag, '--loglevel', 'error']
    // In the folder: npm would take a path such as a/b for a repository on GitHub.
    const code = await npm(args, folder, env)
    // npm also fails if only the answer of the registry is lost.
    if (code !== 0 && !(await isPublished(url, name, version)))
      throw new Error(`npm does not publish ${name}@${version}: see above.`)
    published.push(name)
  }
  return published
}
