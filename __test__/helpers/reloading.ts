// A process in which only realms load the package, as in test runners: the second one while a lease of the first is held.
import { newRealm } from './realm.js'

async function main(): Promise<void> {
  const { Storage } = newRealm().rivers
  const s = await Storage.memory()
  await s.setPoolLimit('db', 2)
  const lease = await s.acquireSlots({ runId: 'r', stepKey: 'a', pools: 'db' })
  const unread = await s.acquireSlots({ runId: 'r', stepKey: 'b', pools: 'db' })
  const before = lease.signal
  newRealm()
  console.log(JSON.stringify([lease.signal === before, unread.signal.aborted]))
  await s.close()
}

void main()
