import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inOwnProcess } from '../measuring/child.js'
import { digits, markdownTable, megabytes, perSecond } from '../reporting/format.js'
import { slopePerMinute, type SoakSample } from './sample.js'

/** Mixed load on an embedded store in a process of its own, which is looked at so many times. */
export async function soakSamples(seconds: number, count: number, dir: string): Promise<SoakSample[]> {
  const folder = await mkdtemp(join(dir, 'rivers-soak-'))
  try {
    return inOwnProcess<SoakSample[]>('../soak/soak-child.ts', join(folder, 'store'), seconds, count)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The first third is what a process needs to get going. */
export const settled = (samples: readonly SoakSample[]): readonly SoakSample[] =>
  samples.slice(Math.floor(samples.length / 3))

export async function soak(minutes: number, dir: string): Promise<void> {
  const samples = await soakSamples(minutes * 60, 30, dir)
  const rows = samples.map(sample => [
    `${digits(sample.seconds)} s`,
    megabytes(sample.bytes),
    String(sample.threads),
    String(sample.files),
    megabytes(sample.storeBytes),
    perSecond(sample.steps / sample.seconds),
  ])
  const steady = settled(samples)
  const slope = (value: (sample: SoakSample) => number): number => slopePerMinute(steady, value)
  rows.push([
    'a minute, after the first third',
    megabytes(slope(({ bytes }) => bytes)),
    digits(slope(({ threads }) => threads)),
    digits(slope(({ files }) => files)),
    megabytes(slope(({ storeBytes }) => storeBytes)),
    '',
  ])
  console.log(markdownTable(['after', 'resident', 'threads', 'files', 'store', 'steps'], rows))
}
