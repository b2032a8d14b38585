export interface Tally {
  passed: number
  skipped: string[]
}

/** The passed tests and the titles of the skipped ones. Throws if the report of TAP counts a failure or no test, or breaks off. */
export function tallyOf(tap: string): Tally {
  const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(tap)?.[1] ?? NaN)
  const passed = count('pass')
  if (!(passed > 0) || count('fail') !== 0) throw new Error(`No report of passed tests alone:\n${tap}`)
  const skipped = Array.from(tap.matchAll(/^ok \d+ - (.*) # SKIP$/gm), ([, title]) => title!)
  return { passed, skipped }
}
