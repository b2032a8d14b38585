import { CallAbort, Storage, runQuery, runQuerySync } from '../binding.js'
import type { QueryOptions } from '../binding.js'
import { signalOf, withSignal } from './signals.js'

declare module '../binding.js' {
  interface Storage {
    /**
     * Asks the open store in SurrealQL: SurrealDB's own executor runs it over one snapshot, with everything that was stored
     * before the call. It sees all code locations, and only reads. docs/tables.md lists the tables and their fields.
     *
     * NONE and NULL become null, integers numbers (bigints from 2^53 on), datetimes ISO text, bytes Buffers, geometries
     * GeoJSON, and decimals, durations, uuids, ranges and record ids SurrealQL text.
     *
     * @returns one answer for each statement
     * @throws {StorageError} ERR_INVALID_ARG with the number of the statement if one does not parse, fails, writes, defines,
     * waits or leaves the process; also for an answer over 64 MiB, and a query that needs more than 512 MiB of memory.
     * @throws {StorageError} ERR_TIMEOUT if the query takes longer than `options.timeout`.
     * @throws {StorageError} ERR_UNSUPPORTED if the addon was built without SurrealQL.
     */
    query<T extends readonly unknown[] = unknown[]>(surql: string, options?: QueryOptions): Promise<T>
    /** Blocking form of {@link query}. */
    querySync<T extends readonly unknown[] = unknown[]>(surql: string, options?: QueryOptions): T
  }
}

async function query(this: Storage, surql: string, options?: QueryOptions): Promise<unknown[]> {
  return withSignal(options, 'options.signal', abort => runQuery(this, surql, options, abort))
}

function querySync(this: Storage, surql: string, options?: QueryOptions): unknown[] {
  const signal = signalOf(options)
  if (signal?.aborted) throw signal.reason
  return runQuerySync(this, surql, options, new CallAbort())
}

// As in leases.ts: methods of the addon's own realm stay, and keys name the methods.
if (!(Reflect.get(Storage.prototype, 'query') instanceof Storage.constructor)) {
  for (const [name, value] of Object.entries({ query, querySync })) {
    Object.defineProperty(Storage.prototype, name, { value, writable: true, configurable: true })
  }
}
