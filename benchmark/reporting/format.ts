/** Three digits, in the unit that keeps them few. */
export function microseconds(value: number): string {
  if (value < 1000) return `${digits(value)} µs`
  return value < 1_000_000 ? `${digits(value / 1000)} ms` : `${digits(value / 1_000_000)} s`
}

export const perSecond = (value: number): string => `${grouped(Math.round(value))}/s`
export const megabytes = (bytes: number): string => `${digits(bytes / 1_000_000)} MB`
/** How many times better: below one it is worse. */
export const times = (ratio: number): string => `${digits(ratio)}×`

export function digits(value: number): string {
  if (Math.abs(value) >= 100) return grouped(Math.round(value))
  return String(Number(value.toPrecision(3)))
}
const grouped = (value: number): string => value.toLocaleString('en')

export const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n')[0]!

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
