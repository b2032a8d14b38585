import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DamagedFile } from './addon/bytes.js'
import { factsOf, type AddonFacts } from './addon/facts.js'
import { faultsOf, glibcOf, megabytes, type Fault } from './addon/rules.js'
import { addonFile } from './addon/name.js'
import { platforms } from './packages.js'

export interface Checked {
  /** What the file is, in a line. */
  summary: string
  faults: Fault[]
}

/** The size of a platform's addon in the table of docs/install.md, in bytes. */
export function recordedSize(page: string, platform: string): number | undefined {
  const row = new RegExp(`^\\| \`rivers-storage-${platform}\` .*?([\\d.]+) MB`, 'm').exec(page)
  return row ? Number(row[1]) * 1e6 : undefined
}

function summaryOf(file: Buffer, facts: AddonFacts): string {
  const floor = glibcOf(facts) ? [`glibc ${glibcOf(facts)}`] : facts.minimumOs ? [`macOS ${facts.minimumOs}`] : []
  return [megabytes(file.length), ...floor, `needs ${facts.libraries.join(', ')}`].join('; ')
}

/** Checks an addon for a platform. `page` is the text of docs/install.md. */
export function checkAddon(file: Buffer, platform: string, page: string): Checked {
  try {
    const facts = factsOf(file)
    if (!facts) return { summary: megabytes(file.length), faults: [{ fault: 'it is no addon of any platform' }] }
    const recorded = recordedSize(page, platform)
    const summary = summaryOf(file, facts) + (recorded === undefined ? '; docs/install.md has no size of it' : '')
    return { summary, faults: faultsOf(facts, platform, { size: file.length, recorded }) }
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error
    return { summary: megabytes(file.length), faults: [{ fault: `it is cut or damaged: ${error.message}` }] }
  }
}

/** Checks a file by its name, which names its platform. */
function checkFile(path: string, page: string): Checked & { name: string } {
  const file = readFileSync(path)
  const name = basename(path)
  const platform = Object.keys(platforms).find(platform => addonFile(platform) === name)
  if (platform) return { name: platform, ...checkAddon(file, platform, page) }
  return { name, summary: megabytes(file.length), faults: [{ fault: 'it is not named as the addon of any platform' }] }
}

/** Checks files and prints a line of each, with its faults; gives whether all may be published. */
export function checkFiles(root: string, files: string[]): boolean {
  const page = readFileSync(join(root, 'docs', 'install.md'), 'utf8')
  const outcomes = files.map(path => {
    const { name, summary, faults } = checkFile(path, page)
    console.log(`${faults.length === 0 ? 'ok' : 'not ok'} ${name}: ${summary}`)
    for (const { fault, reason } of faults) console.log(`  ${fault}${reason ? ` (${reason})` : ''}`)
    return faults.length === 0
  })
  return outcomes.every(Boolean)
}
