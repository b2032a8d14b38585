/** Something that must not happen. */
export interface Fault {
  /** What kind of fault: a column of the table. */
  what: string
  details: string
}

/** How one case ended: it passed when there is no fault. */
export interface Outcome {
  row: string
  /** What happened where nothing is wrong. */
  column: string
  faults: readonly Fault[]
}

/** One test, which leaves its folder behind when it fails. */
export interface Case {
  name: string
  /** How it is run alone. */
  alone: string
  run(folder: string): Promise<Outcome[]>
}

/** At the end of a list of details, how many there are more. */
export const some = (details: readonly string[], count = 3): string =>
  details.slice(0, count).join('; ') + (details.length > count ? `; and ${details.length - count} more` : '')
