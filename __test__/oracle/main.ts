// `npm run oracle`: replays every recording of the folder ORACLE_DIR in every place and compares. The last line counts the
// replays; of our own recordings, that enough of them is compared counts as another one.
import { join } from 'node:path'
import { PLACES, replayAll } from './replaying/all.js'
import { coverage, shortcomings } from './reporting/coverage.js'
import { readRecordings } from './reading/recording.js'
import { agrees, describe, describeCoverage } from './reporting/report.js'
import { tally } from './reporting/tally.js'

const OWN = join(__dirname, 'recorded')

async function main(): Promise<void> {
  const folder = process.env['ORACLE_DIR'] || OWN
  const recordings = readRecordings(folder)
  const results = await replayAll(recordings)
  for (const recording of recordings) console.log(describe(results.filter(result => result.recording === recording)))

  const replayed = results.flatMap(result => result.replayed)
  console.log(`\nRules: ${tally(replayed.flatMap(step => step.rules))}`)
  let short = 0
  for (const place of PLACES) {
    const covered = coverage(results.filter(result => result.place === place))
    console.log(describeCoverage(place, covered))
    if (folder !== OWN) continue
    for (const what of shortcomings(covered)) {
      console.log(`  NOT ENOUGH: ${what}`)
      short = 1
    }
  }
  const passed = results.filter(agrees).length
  console.log(`${passed + (folder === OWN && !short ? 1 : 0)} passed, ${results.length - passed + short} failed`)
  process.exitCode = passed === results.length && !short ? 0 : 1
}

void main()
