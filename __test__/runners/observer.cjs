// Loaded into each process of a test runner before all else. Adds a line to the file OBSERVED for each listener that the
// package adds for the exit of the process, and for each warning. A runner may kill its processes: each line is written at once.
const { appendFileSync } = require('node:fs')
const { isMainThread } = require('node:worker_threads')

const tell = what => appendFileSync(process.env.OBSERVED, `${JSON.stringify({ process: process.pid, what })}\n`)

if (isMainThread) {
  const { on } = process
  process.on = function (event, listener) {
    const isOfPackage = /[\\/]node_modules[\\/]rivers-storage[\\/]/.test(new Error().stack)
    // A runner copies the methods of `process` to those that it gives to its tests: they end no process.
    if (event === 'exit' && isOfPackage && this === process) tell('listener')
    return on.call(this, event, listener)
  }
  process.on('warning', warning => tell(warning.name))
}
