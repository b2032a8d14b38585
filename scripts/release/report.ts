const TITLE = 'The nightly tests fail'

/** The arguments of gh that list the open issue, if there is one. */
export const search = ['issue', 'list', '--state', 'open', '--search', `in:title "${TITLE}"`, '--json', 'number']

/** The arguments of gh that report a failed run: one issue is open at a time. `found` is what the search printed. */
export function reportArguments(found: string, run: string): string[] {
  const [open] = JSON.parse(found) as { number: number }[]
  return open
    ? ['issue', 'comment', String(open.number), '--body', `They failed again: ${run}`]
    : ['issue', 'create', '--title', TITLE, '--body', `They failed in ${run}`]
}
