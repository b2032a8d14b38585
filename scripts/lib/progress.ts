const LINE_EVERY_MS = 30_000
const REDRAW_EVERY_MS = 500

export function elapsed(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`
}

export interface Progress {
  /** Makes room for other output on a terminal. */
  clear: () => void
  /** Gives the time it took. */
  end: () => string
}

/**
 * Shows `describe()` and the time it takes: one line kept up to date on a terminal, elsewhere a line now and then.
 * What is over before the first such line was quick and leaves no trace.
 */
export function showProgress(describe: () => string): Progress {
  const start = Date.now()
  const terminal = process.stdout.isTTY
  const line = () => `  ${describe()}, ${elapsed(Date.now() - start)}`
  const timer = terminal
    ? setInterval(() => process.stdout.write(`\r\x1b[2K${line()}`), REDRAW_EVERY_MS)
    : setInterval(() => console.log(line()), LINE_EVERY_MS)
  const clear = () => {
    if (terminal) process.stdout.write('\r\x1b[2K')
  }
  return {
    clear,
    end() {
      clearInterval(timer)
      clear()
      return elapsed(Date.now() - start)
    },
  }
}
