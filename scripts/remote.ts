// The tests of the package on a store on a server: all that run everywhere, those of __test__/remote, and the oracle. With
// arguments, only these spec files. `--tap` prints for programs.
import { spawnSync } from 'node:child_process'
import { startServer } from './lib/server.js'
import { ava, typescript } from './lib/workspace.js'

async function main(): Promise<void> {
  const server = await startServer()
  const [tap, files] = [process.argv.includes('--tap'), process.argv.slice(2).filter(arg => arg !== '--tap')]
  const env = { ...process.env, RIVERS_TEST_SERVER: server.endpoint }
  const runs = [
    [ava, ...(tap ? ['--tap'] : []), ...(files.length > 0 ? files : ['__test__/**/*.spec.ts', '!__test__/oracle/**'])],
  ]
  if (files.length === 0) runs.push(typescript('__test__/oracle/main.ts'))
  const failed = runs.filter(args => spawnSync(process.execPath, args, { stdio: 'inherit', env }).status !== 0)
  await server.stop()
  process.exitCode = failed.length > 0 ? 1 : 0
}

void main()
