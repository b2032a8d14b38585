import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sampleProcess, type ProcessSample } from '../measuring/process.js'

export interface SoakSample extends ProcessSample {
  readonly seconds: number
  readonly steps: number
  readonly storeBytes: number
}

export function sampleSoak(path: string, seconds: number, steps: number): SoakSample {
  return { seconds, steps, storeBytes: folderBytes(path), ...sampleProcess() }
}

/** The engine removes files meanwhile: those count nothing. */
function folderBytes(path: string): number {
  let bytes = 0
  for (const file of readdirSync(path)) {
    bytes += statSync(join(path, file), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}

/** By how much a value grows each minute: the straight line that is nearest to the samples. */
export function slopePerMinute(samples: readonly SoakSample[], value: (sample: SoakSample) => number): number {
  const mean = (of: (sample: SoakSample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const meanSeconds = mean(({ seconds }) => seconds)
  const meanValue = mean(value)
  const covariance = mean(sample => (sample.seconds - meanSeconds) * (value(sample) - meanValue))
  const variance = mean(({ seconds }) => (seconds - meanSeconds) ** 2)
  return variance === 0 ? 0 : (covariance / variance) * 60
}
