import { rocksdbEnv } from './rocksdb.js'
import { targetDir, typesDir } from './workspace.js'

/**
 * The environment of every cargo call: with another one, cargo compiles again what depends on a variable. The build script of
 * crates/node watches the types' folder, that of RocksDB's crate where the library is.
 */
export const cargoEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  CARGO_TARGET_DIR: targetDir,
  NAPI_TYPE_DEF_TMP_FOLDER: typesDir,
  ...rocksdbEnv(),
})
