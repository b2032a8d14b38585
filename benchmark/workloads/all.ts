import { claims } from './claims.js'
import { crowds } from './crowd.js'
import { events } from './events.js'
import { handOffs } from './handoff.js'
import { kv } from './kv.js'
import { openings } from './opening.js'
import { sizes } from './sizes.js'
import { staleness } from './staleness.js'
import { steps } from './step.js'
import type { Workload } from './workload.js'

/** In the order of the tables. */
export const workloads: readonly Workload[] = [
  ...kv,
  ...claims,
  ...handOffs,
  ...crowds,
  ...events,
  ...steps,
  ...staleness,
  ...sizes,
  ...openings,
]
