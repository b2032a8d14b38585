import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Registry } from '../../scripts/release/publish.js'

/**
 * All managers as a user has them who set nothing but the registry, in the file that all but Yarn read. Stores and caches are in
 * the home folder.
 */
export function environment({ url, env }: Required<Registry>): NodeJS.ProcessEnv {
  appendFileSync(join(env.HOME!, '.npmrc'), `registry=${url}\n`)
  const inherited = Object.entries(env).filter(([name]) => !/^(npm_|xdg_|yarn_|pnpm_|bun_|deno_)/i.test(name))
  return {
    ...Object.fromEntries(inherited),
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: 'false',
    DENO_NO_UPDATE_CHECK: '1',
    NO_COLOR: '1',
  }
}
