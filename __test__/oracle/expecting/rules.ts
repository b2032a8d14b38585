import { isDeepStrictEqual } from 'node:util'
import type { Call } from '../translating/calls.js'
import { Model, type Conversions } from './model/model.js'
import { patch } from './patch.js'

/** The rules of DEVIATIONS.md that depend on what came before, in the order in which they are applied. */
export const MODELLED = [
  'D2',
  'D3',
  'D4',
  'D5',
  'D6',
  'D7',
  'D8',
  'D9',
  'D10',
  'D11',
  'D12',
  'D13',
  'D14',
  'D15',
  'D16',
  'D17',
  'D24',
  'D25',
] as const

export interface Expected {
  readonly value: unknown
  /** Those that make it another than recorded. */
  readonly rules: readonly string[]
}

/**
 * What is expected of ours instead of what was recorded. There is a model of the reference for every number of rules in
 * force, each with one more than the one before: what it answers otherwise than that one is what its last rule says. So a
 * rule excuses nothing: it says what ours is instead.
 */
export class Chain {
  readonly #models: Model[]

  constructor(convert: Conversions) {
    this.#models = Array.from(
      { length: MODELLED.length + 1 },
      (_, count) => new Model(new Set(MODELLED.slice(0, count)), convert),
    )
  }

  pass(ms: number): void {
    for (const model of this.#models) model.pass(ms)
  }

  locate(location: string): void {
    for (const model of this.#models) model.location = location
  }

  /** To be called for every call there is, whether its answer is compared or not. */
  expect(call: Call, recorded: unknown): Expected {
    const answers = this.#models.map(model => model.answer(call, recorded))
    let value = recorded
    const rules: string[] = []
    for (const [at, rule] of MODELLED.entries()) {
      const next = patch(value, answers[at], answers[at + 1])
      if (!isDeepStrictEqual(next, value)) rules.push(rule)
      value = next
    }
    return { value, rules: isDeepStrictEqual(value, recorded) ? [] : rules }
  }

  /** What the reference answers by the model of it. */
  reference(call: Call, recorded: unknown): unknown {
    return this.#models[0]!.answer(call, recorded)
  }
}
