import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Storage } from 'rivers-storage'
import { NotReplayed, ours } from '../translating/calls.js'
import { Refusal } from '../translating/errors.js'
import type { Step } from '../reading/recording.js'
import type { Replay } from './replay.js'
import { DONE, plainly, succeeds, type Outcome } from '../comparing/verdict.js'

/** The rest of the scenario cannot be replayed here. */
export class Over extends NotReplayed {}

type Opening = (...args: unknown[]) => Storage | Promise<Storage>

/** A static method of Storage, in the form of the replay. */
function opening(replay: Replay, name: string): Opening | undefined {
  const method = (Storage as unknown as Record<string, Opening>)[replay.place.form === 'sync' ? `${name}Sync` : name]
  return method?.bind(Storage)
}

/** The type of what was opened, which is closed again. */
const typeOf = (replay: Replay, open: () => Storage | Promise<Storage>): Promise<unknown> =>
  replay.attempt(async () => {
    const storage = await open()
    await storage.close()
    return storage.type
  })

const inFolder = (replay: Replay, path: unknown): string => String(path).replace('$tmp', replay.folder)

export async function openEmbedded(replay: Replay, step: Step): Promise<Outcome> {
  const path = inFolder(replay, step.args[0])
  await makeAsRecorded(path, step)
  const type = await typeOf(replay, () => opening(replay, 'embedded')!(path))
  if (path !== '') return plainly(step, type)
  return { ...plainly(step, type, new Refusal('ERR_INVALID_ARG')), rules: ['D21'] }
}

/** What was in the way. */
async function makeAsRecorded(path: string, { error }: Step): Promise<void> {
  const blocking = [
    [/File exists/, path],
    [/Not a directory/, dirname(path)],
  ] as const
  for (const [pattern, file] of blocking) if (pattern.test(error?.message ?? '')) await writeFile(file, '')
}

export async function migrateEmbedded(replay: Replay, step: Step): Promise<Outcome> {
  const path = inFolder(replay, step.args[0])
  const migrated = await replay.attempt(async () => opening(replay, 'migrateEmbedded')!(path))
  // There, it said nothing.
  return step.error ? plainly(step, migrated) : succeeds(migrated)
}

/** Dropped and opened again: only what is on a disk is still there. */
export async function reopen(replay: Replay, step: Step): Promise<Outcome> {
  const { backend } = replay.place
  if (backend !== replay.recording.backend) {
    return new Over(`opened again, which on ${replay.recording.backend} is another matter than on ${backend}`)
  }
  await replay.storage.close()
  await replay.open(locationOf([step.args, step.kwargs]))
  return step.result ? plainly(step, replay.storage.type) : DONE
}

/** As the environment of the reference named it. */
function locationOf(given: unknown): string | undefined {
  return JSON.stringify(given).match(/RIVERS_CODE_LOCATION_(?:ID|NAME)"?[:=] ?"?([^"]*)"/)?.[1]
}

/** D18 and D19 are known before anybody is asked. */
export async function connect(replay: Replay, step: Step): Promise<Outcome> {
  const open = opening(replay, 'connect')
  if (!open) return new NotReplayed('remote stores are not there yet')
  const [endpoint] = step.args
  const { username, password } = step.kwargs
  const isRemote = /^wss?:\/\/./.test(String(endpoint))
  const code = !isRemote ? 'ERR_INVALID_ARG' : !username !== !password ? 'ERR_AUTH' : 'ERR_UNAVAILABLE'
  const type = await typeOf(replay, () => open(endpoint, ours(step.kwargs)))
  const rule = step.error ? [] : [isRemote ? 'D19' : 'D18']
  return { ...plainly(step, type, new Refusal(code)), rules: rule }
}
