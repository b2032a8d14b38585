import { readFileSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { root } from '../setup/root.mjs'
import { stop } from '../setup/run.mjs'
import type { Crate } from './crates.js'

const isLicence = (path: string): boolean =>
  /^(licen[cs]e|copying|notice|unlicense|copyright)/i.test(basename(path)) && !path.endsWith('.rs')

/** Folders of C and C++ sources that are not compiled into the addon. */
const notCompiled =
  /(^|\/)(tests?|test_data|examples|benchmark|googletest|contrib|programs|java|range_tree|zlib-ng|v3)\//

/** All linked parts that come with a text of the GPL offer another licence as well, which is chosen here. */
const notChosen = /^\s*GNU (AFFERO |LESSER )?GENERAL PUBLIC LICENSE/

/** Names of files with a text that MIT replaces, where the crate leaves the choice. */
const besideMit = /apache|unlicense|bsl|boost|zlib|cc0|isc|bsd/i

function chosen(files: string[], licence: string): string[] {
  const leavesTheChoice = !licence.includes(' AND ') && licence.split(' OR ').includes('MIT')
  if (!leavesTheChoice || !files.some(file => /mit/i.test(basename(file)))) return files
  return files.filter(file => file.includes('/') || !besideMit.test(file))
}

/** The text of a licence whose crate lacks it. */
function standardText({ name, licence, authors }: Crate): string {
  const holders = authors.map(author => author.replace(/ <.*>/, '')).join(', ') || `the authors of ${name}`
  const licences = licence.split(' OR ')
  if (licences.includes('MIT')) {
    const mit = readFileSync(join(root, 'LICENSE-MIT'), 'utf8')
    return mit.replace(/^Copyright.*$/m, `Copyright (c) ${holders}`)
  }
  if (licences.includes('Apache-2.0')) return readFileSync(join(root, 'LICENSE-APACHE'), 'utf8')
  return stop(`The crate ${name} has no text of its licence, ${licence}.`)
}

const tidy = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[ \t\f]+$/gm, '')
    .replace(/^\n+/, '')
    .trimEnd()

/** The texts with which a crate, and the C and C++ code in it, may be redistributed. */
export function licenceTexts(crate: Crate): string[] {
  const files = readdirSync(crate.folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(crate.folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(path => isLicence(path) && !notCompiled.test(path))
    .toSorted()
  const texts = chosen(files, crate.licence)
    .map(path => ({ path, text: tidy(readFileSync(join(crate.folder, path), 'utf8')) }))
    .filter(({ text }) => text !== '' && !notChosen.test(text))
  const ofCrate = texts.filter(({ path }) => !path.includes('/') && !/^(notice|copyright)/i.test(path))
  const missing = ofCrate.length === 0 ? [tidy(standardText(crate))] : []
  return [...missing, ...texts.map(({ text }) => text)]
}
