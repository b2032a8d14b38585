/** The page with another table of this title. Throws if the page has no such heading. */
export function withTable(page: string, title: string, table: string): string {
  const [before, after] = page.split(`## ${title}\n`)
  if (after === undefined) throw new Error(`docs/platforms.md has no heading ${title}.`)
  return `${before}${table}\n${after.replace(/^[^]*?(?=\n## |$)/, '')}`
}
