import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { constants, copyFileSync, cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readManifest } from '../../scripts/release/packages.js'
import { titles } from '../install/project.js'
import { freePort } from '../install/registry.js'
import { fails, succeeds, type Command, type Place } from './commands.js'
import type { Row, Table } from './rows.js'
import { matrix, node, npm } from './tools.js'

// Next.js has packages of its own, in next/.

const application = join(matrix, 'next')
const packages = join(application, 'node_modules')
const next: Command = [...node.command, 'node_modules/next/dist/bin/next']

/** The application, with the package and Next.js installed. */
async function install({ dir, env }: Place): Promise<Place> {
  const place = { dir, env: { ...env, NEXT_TELEMETRY_DISABLED: '1' } }
  await succeeds([...npm.command, 'install', '--no-audit', '--no-fund', 'rivers-storage', '@types/node'], place)
  cpSync(packages, join(dir, 'node_modules'), { recursive: true, mode: constants.COPYFILE_FICLONE })
  cpSync(join(application, 'app'), join(dir, 'app'), { recursive: true })
  copyFileSync(join(application, 'next.config.mjs'), join(dir, 'next.config.mjs'))
  // It would be taken for the application's.
  rmSync(join(dir, 'tsconfig.json'))
  rmSync(join(dir, 'typed.ts'))
  return place
}

/** What the standalone server answers, in a folder that has nothing else. */
async function answer({ dir, env }: Place): Promise<unknown> {
  const bare = join(dir, '..', 'standalone')
  rmSync(bare, { recursive: true, force: true })
  cpSync(join(dir, '.next', 'standalone'), bare, { recursive: true })
  const port = await freePort()
  const [program, ...args] = [...node.command, 'server.js']
  const server = spawn(program!, args, {
    cwd: bare,
    env: { ...env, HOSTNAME: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise(resolve => server.on('close', resolve))
  try {
    const deadline = Date.now() + 30_000
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${port}/route`).catch(() => undefined)
      if (response) return response.ok ? await response.json() : `${response.status} ${await response.text()}`
      assert.ok(Date.now() < deadline && server.exitCode === null, 'the server does not answer')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  } finally {
    server.kill('SIGKILL')
    await ended
  }
}

const row = (builder: 'Turbopack' | 'webpack'): Row => ({
  name: `Next.js, ${builder}`,
  async run(given) {
    const place = await install(given)
    const build = [...next, 'build', `--${builder.toLowerCase()}`]
    await succeeds(build, place)
    assert.ok(existsSync(join(place.dir, '.next', 'standalone', 'node_modules', 'rivers-storage')))
    assert.deepEqual(await answer(place), titles)
    return [readManifest(join(packages, 'next'), 'package.json').version, 'answered']
  },
})

/** The option is needed: when this no longer fails, docs/install.md has to say so. */
const withoutOption: Row = {
  name: 'Next.js, Turbopack, without the option',
  async run(given) {
    const place = await install(given)
    writeFileSync(join(place.dir, 'next.config.mjs'), 'export default {}\n')
    assert.match(await fails([...next, 'build', '--turbopack'], place), /rivers-storage.*\.node/)
    return [readManifest(join(packages, 'next'), 'package.json').version, 'refuses to build']
  },
}

export const nextTable: Table = {
  title: 'Next.js',
  text: `An application with one route, whose standalone server ran in a folder that has nothing else, on Node ${node.version}. The option is
\`serverExternalPackages\`: see \`__test__/matrix/next\`.`,
  columns: ['Builder', 'Version', 'Route'],
  rows: [row('Turbopack'), row('webpack'), withoutOption],
}
