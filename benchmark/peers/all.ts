import type { Contender } from '../measuring/contender.js'
import { inProcess } from '../measuring/in-process.js'
import { firstLine } from '../reporting/format.js'
import { checkPeer } from './check.js'
import { loadLmdb } from './lmdb/peer.js'
import { OURS, type Absent, type Peer } from './peer.js'
import { startReference } from './reference/contender.js'
import { loadRivers } from './rivers.js'
import { loadSqlite } from './sqlite/peer.js'
import { loadSurrealdb } from './surrealdb/peer.js'

/** What runs in a Node process, in the order of the tables. */
export const peers: Readonly<Record<string, () => Promise<Peer>>> = {
  [OURS]: loadRivers,
  'better-sqlite3': () => loadSqlite('better-sqlite3'),
  libsql: () => loadSqlite('libsql'),
  lmdb: loadLmdb,
  '@surrealdb/node': loadSurrealdb,
}

/** Everybody who can be measured here, and who cannot, and why. */
export async function gather(): Promise<{ contenders: Contender[]; absent: Absent[] }> {
  const contenders: Contender[] = []
  const absent: Absent[] = []
  const come = async (name: string, loading: () => Promise<Contender>): Promise<void> => {
    try {
      contenders.push(await loading())
    } catch (error) {
      absent.push({ name, reason: firstLine(error) })
    }
  }
  contenders.push(await checked(loadRivers))
  for (const [name, load] of Object.entries(peers)) if (name !== OURS) await come(name, () => checked(load))
  await come('reference', startReference)
  return { contenders, absent }
}

async function checked(load: () => Promise<Peer>): Promise<Contender> {
  const peer = await load()
  await checkPeer(peer)
  return inProcess(peer)
}
