const LINE_EVERY_MS = 30_000
const REDRAW_EVERY_MS = 500

export function elapsed(ms) {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

/**
 * Shows `describe()` and the time it takes: one line kept up to date on a terminal, elsewhere a line now and then.
 * What is over before the first such line was quick and leaves no trace.
 */
export function showProgress(describe) {
  const start = Date.now()
  const terminal = process.stdout.isTTY
  const line = () => `  ${describe()}, ${elapsed(Date.now() - start)}`
  const timer = terminal
    ? setInterval(() => process.stdout.write(`\r\x1b[2K${line()}`), REDRAW_EVERY_MS)
    : setInterval(() => console.log(line()), LINE_EVERY_MS)
  return {
    /** Makes room for other output on a terminal. */
    clear: () => terminal && process.stdout.write('\r\x1b[2K'),
    end() {
      clearInterval(timer)
      this.clear()
      return elapsed(Date.now() - start)
    },
  }
}
