import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Registry } from '../../scripts/release/publish.js'

/** Without uplinks: what an installation needs beyond the packages published here is missed at once. */
const config = (dir: string): string => `storage: ${JSON.stringify(join(dir, 'storage'))}
auth: { htpasswd: { file: ${JSON.stringify(join(dir, 'htpasswd'))} } }
packages: { '**': { access: $all, publish: $all } }
max_body_size: 500mb
web: { enable: false }
log: { type: stdout, format: json, level: error }
`

export const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/** npm as a user has it who set nothing but the registry: no settings of this machine, and an empty cache. */
function cleanEnvironment(home: string, url: string): NodeJS.ProcessEnv {
  mkdirSync(home)
  // verdaccio asks for no user, but npm publishes nothing without a token.
  writeFileSync(join(home, '.npmrc'), `${url.replace('http:', '')}:_authToken=none\n`)
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|RIVERS_)/i.test(name))
  return {
    ...Object.fromEntries(inherited),
    HOME: home,
    USERPROFILE: home,
    npm_config_registry: url,
    npm_config_userconfig: join(home, '.npmrc'),
    npm_config_cache: join(home, 'cache'),
    npm_config_update_notifier: 'false',
  }
}

/** Gives `work` an empty registry on the loopback interface, and ends it. `dir` is a folder for its files. */
export async function withRegistry<T>(dir: string, work: (registry: Required<Registry>) => Promise<T>): Promise<T> {
  const file = join(dir, 'verdaccio.yaml')
  writeFileSync(file, config(dir))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const verdaccio = spawn(
    process.execPath,
    ['node_modules/verdaccio/bin/verdaccio', '--config', file, '--listen', `127.0.0.1:${port}`],
    // It warns about the user that it runs as.
    { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  )
  const ended = new Promise<void>(resolve => verdaccio.on('close', () => resolve()))
  try {
    const deadline = Date.now() + 60_000
    while (!(await answers(url))) {
      if (verdaccio.exitCode !== null || Date.now() > deadline) throw new Error('verdaccio does not start: see above.')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return await work({ url, env: cleanEnvironment(join(dir, 'home'), url) })
  } finally {
    verdaccio.kill('SIGKILL')
    await ended
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}-/ping`).then(
    answer => answer.ok,
    () => false,
  )
