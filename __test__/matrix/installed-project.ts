import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../install/project.js'
import { succeeds, type Place } from './commands.js'
import { matrix, npm } from './tools.js'

let once: Promise<Place> | undefined

/**
 * A project with the package, installed by npm, and the options of the bundlers: one for all rows. The bundlers are in the
 * node_modules of the folder around it, so that its own has what a user's has.
 */
export function installedProject({ dir, env }: Place): Promise<Place> {
  const install = async () => {
    const around = join(dir, '..', 'tools')
    mkdirSync(around)
    symlinkSync(join(matrix, 'node_modules'), join(around, 'node_modules'))
    const place = { dir: project(join(around, 'project')), env }
    const options = join(matrix, 'bundlers')
    for (const name of readdirSync(options)) copyFileSync(join(options, name), join(place.dir, name))
    const quiet = ['--no-audit', '--no-fund']
    await succeeds([...npm.command, 'install', ...quiet, 'rivers-storage', '@types/node'], place)
    return place
  }
  once ??= install()
  return once
}
