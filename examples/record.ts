// What an executor records of a step: the events, as data. Each executor stores them in its own call form.
import type { NewEvent } from 'rivers-storage'
import type { Step } from './plan.js'
import type { Staged } from './results.js'

const ofStep = (eventType: NewEvent['eventType'], runId: string, step: Step): NewEvent => ({
  eventType,
  runId,
  assetKey: step.key,
})

export const stepStarted = (runId: string, step: Step): NewEvent => ofStep('StepStart', runId, step)

/** Stored in one call: the step has succeeded exactly when its data is known. */
export const stepMade = (runId: string, step: Step, inputs: [string, string][], staged: Staged): NewEvent[] => [
  {
    eventType: 'Materialization',
    runId,
    assetKey: step.asset.key,
    partitionKey: step.partition,
    dataVersion: staged.dataVersion,
    inputDataVersions: inputs,
    metadata: [['rows', String(staged.rows)]],
  },
  ofStep('StepSuccess', runId, step),
]

export const stepFailed = (
  eventType: 'StepRetry' | 'StepFailure',
  runId: string,
  step: Step,
  attempt: number,
  error: unknown,
): NewEvent => ({
  ...ofStep(eventType, runId, step),
  metadata: [
    ['attempt', String(attempt)],
    ['error', String(error)],
  ],
})
