/** What better-sqlite3 and libsql have in common; their rows are whatever the statement selects. */
export interface Statement {
  run(...parameters: unknown[]): unknown
  get(...parameters: unknown[]): unknown
  all(...parameters: unknown[]): unknown[]
}
export interface Database {
  prepare(sql: string): Statement
  exec(sql: string): unknown
  /** The function, run in one transaction; `immediate` takes the lock for writing at once. */
  transaction<A extends unknown[], R>(work: (...a: A) => R): { immediate(...a: A): R }
  close(): unknown
}
export type Driver = new (path: string) => Database
