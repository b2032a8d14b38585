// What the package still lacks of the contract, by member and option name: one union of strings, to be emptied.
export type Missing =
  // Remote stores.
  | 'connect'
  | 'migrateRemote'
