export { LaunchedBy, Storage, formatPartitionKey, isStorageError } from './index.js';
