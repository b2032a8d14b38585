import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inTempDir } from './temp.js'

const built = readdirSync('.').find(name => /^rivers-storage\..*\.node$/.test(name))!
/** The platform of this machine. */
export const target = built.split('.')[1]!
export const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

/** A copy from which installations have links: none of them is a name of the addon that was built. */
const copies = mkdtempSync(join(tmpdir(), 'rivers-storage-'))
const addon = join(copies, built)
copyFileSync(built, addon)
process.on('exit', () => rmSync(copies, { recursive: true }))

export interface Run {
  /** The program that runs, before its switches. */
  node?: string[]
  switches?: string[]
  env?: NodeJS.ProcessEnv
}

/** What came of loading the package. */
export interface Loaded {
  isLoaded: boolean
  reason?: string
  message?: string
  /** The message of the error's cause. */
  cause?: string
}

const LOAD = `
  let outcome
  try {
    outcome = { isLoaded: require('rivers-storage').Storage.memorySync().type === 'Memory' }
  } catch ({ reason, message, cause }) {
    outcome = { isLoaded: false, reason, message, cause: cause?.message }
  }
  console.log(JSON.stringify(outcome))`

/** The package with that of a platform, in a project of its own, as package managers install them. */
export class Installation {
  /** The addon. */
  readonly binary: string

  constructor(readonly folder: string) {
    const root = join(folder, 'node_modules', 'rivers-storage')
    mkdirSync(root, { recursive: true })
    for (const name of ['package.json', 'index.js', 'index.mjs', 'binding.js', 'lib']) {
      cpSync(name, join(root, name), { recursive: true })
    }
    this.binary = this.add(target)
  }

  platformFolder(of = target): string {
    return join(this.folder, 'node_modules', `rivers-storage-${of}`)
  }

  /** Adds the package of a platform, with the addon of this machine. Gives the path of the addon. */
  add(of: string, itsVersion = version): string {
    const folder = this.platformFolder(of)
    const main = `rivers-storage.${of}.node`
    mkdirSync(folder, { recursive: true })
    const manifest = { name: `rivers-storage-${of}`, version: itsVersion, main }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
    linkSync(addon, join(folder, main))
    return join(folder, main)
  }

  remove(of = target): void {
    rmSync(this.platformFolder(of), { recursive: true })
  }

  /** Runs a program in the project. Gives what it printed, or the signal that ended it. */
  run(program: string, { node = [process.execPath], switches = [], env = {} }: Run = {}): string {
    const [command, ...args] = [...node, ...switches, '-e', program]
    const { stdout, stderr, signal } = spawnSync(command!, args, {
      cwd: this.folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    })
    return signal ?? (stdout || stderr)
  }

  /** Loads the package in a process of its own. */
  load(run?: Run): Loaded {
    const printed = this.run(LOAD, run)
    if (!printed.startsWith('{')) throw new Error(`the process did not end by itself: ${printed}`)
    return JSON.parse(printed) as Loaded
  }
}

export const inInstallation = (work: (installation: Installation) => void): Promise<void> =>
  inTempDir(async dir => work(new Installation(dir)))

/** Changes an addon of an installation. */
export function rewrite(file: string, change: (content: Buffer) => Buffer): void {
  const changed = change(readFileSync(file))
  rmSync(file)
  writeFileSync(file, changed)
}

/** Changes a text in a file to one that is not longer. */
export const patch = (file: string, from: RegExp, to: string): void =>
  rewrite(file, content => {
    const found = from.exec(content.toString('latin1', 0, 1 << 20))
    if (!found || found[0].length < to.length) throw new Error(`${file} has no ${from} of this length`)
    content.write(to.padEnd(found[0].length, '\0'), found.index, 'latin1')
    return content
  })
