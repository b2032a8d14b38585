// What is used of lmdb.
export type Key = string | readonly (string | number)[]
export interface Table<V> {
  get(key: Key): V | undefined
  put(key: Key, value: V): unknown
  remove(key: Key): unknown
  putSync(key: Key, value: V): unknown
  getKeys(range: { start: Key; end: Key; limit: number }): Iterable<(string | number)[]>
}
export interface Environment {
  openDB<V>(options: { name: string; encoding?: 'binary' }): Table<V>
  transactionSync<T>(work: () => T): T
  transaction<T>(work: () => T): Promise<T>
  close(): Promise<void>
}
export interface Lmdb {
  open(options: { path: string; noSync: boolean; overlappingSync: boolean; maxDbs: number }): Environment
}
