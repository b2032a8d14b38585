export { LaunchedBy, Storage, formatPartitionKey, isStorageError } from './index.js'
export type * from './index.js'
