// What every operation costs, beside what others need for the same work: `npm run bench -- --help`.
import { readOptions, USAGE, UsageError } from './options.js'
import { installPackages } from './packages/install.js'
import { drawPlots } from './plots/draw.js'
import { keepResults, readRatios, record, writePlots } from './reporting/files.js'
import { report } from './reporting/print.js'
import { compareRatios } from './reporting/ratios.js'
import { runAll } from './run.js'
import { soak } from './soak/soak.js'

async function main(): Promise<void> {
  const options = readOptions()
  if (options.help) return console.log(USAGE)
  if (options.soakMinutes !== null) return soak(options.soakMinutes, options.dir)

  installPackages()
  const figures = await runAll(options)
  console.log(report(figures))
  keepResults(figures)
  const plots = await drawPlots(figures)
  writePlots(plots)

  if (options.compare) console.log(`\n${compareRatios(readRatios(), figures)}`)
  if (options.record) record(figures, plots)
}

main().then(
  // Threads of a peer may keep the process alive.
  () => process.exit(process.exitCode),
  error => {
    console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error)
    process.exit(1)
  },
)
