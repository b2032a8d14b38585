import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addonBytes, machine } from './measuring/machine.js'
import { CYCLES, measureCycles, type Cycles } from './measuring/cycles.js'
import { disk } from './measuring/disk.js'
import { measureResident } from './measuring/resident.js'
import { FULL, measure, QUICK } from './measuring/rounds.js'
import type { Options } from './options.js'
import { gather } from './peers/all.js'
import { OURS, TIERS, type Tier } from './peers/peer.js'
import type { Figures, ResidentRow, Row } from './reporting/figures.js'
import { firstLine } from './reporting/format.js'
import { workloads } from './workloads/all.js'
import type { Workload } from './workloads/workload.js'

const MILLION = 1_000_000

/** Measures all that was asked for. */
export async function runAll({ full, only, dir }: Options): Promise<Figures> {
  const wants = (name: string, tier: Tier): boolean => !only || only.test(`${name}, ${tier}`)
  const { contenders, absent } = await gather()
  const folder = await mkdtemp(join(dir, 'rivers-bench-'))
  const rows: Row[] = []
  const resident: ResidentRow[] = []
  const cycles: Cycles[] = []
  try {
    const pace = full ? FULL : QUICK
    for (const [workload, tier] of plan(full, wants)) {
      await timed(`${workload.name}, ${tier}`, async () => {
        const everybody = tier === 'commit' ? [...contenders, disk] : contenders
        const answers = await measure(workload, tier, everybody, pace, folder)
        const { name, group, measure: how, curve } = workload
        const floor = answers.find(answer => answer.peer === disk.name)
        rows.push({
          name,
          group,
          measure: how,
          tier,
          ...(curve && { curve }),
          answers: answers.filter(answer => answer !== floor),
          ...(floor && 'summary' in floor && { disk: floor.summary }),
        })
      })
    }
    for (const tier of TIERS.filter(tier => wants('resident memory', tier))) {
      for (const [i, { name: peer }] of contenders.entries()) {
        await timed(`resident memory, ${tier}, ${peer}`, async () => {
          const path = join(folder, `resident-${tier}-${i}`)
          resident.push({ peer, tier, answer: residentOf(peer, tier, path, full && peer === OURS ? MILLION : 0) })
        })
      }
    }
    for (const tier of TIERS.filter(tier => wants('cycles', tier))) {
      await timed(`${CYCLES} cycles, ${tier}`, async () => {
        cycles.push(measureCycles(tier, join(folder, `cycles-${tier}`)))
      })
    }
  } finally {
    for (const contender of contenders) await contender.end()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    when: new Date().toISOString(),
    pace: full ? 'full' : 'quick',
    machine: machine(),
    addonBytes: addonBytes(),
    peers: contenders.map(({ name }) => name),
    absent,
    rows,
    resident,
    cycles,
  }
}

const plan = (full: boolean, wants: (name: string, tier: Tier) => boolean): [Workload, Tier][] =>
  workloads
    .filter(workload => full || !workload.fullOnly)
    .flatMap(workload => (workload.tiers ?? TIERS).map(tier => [workload, tier] as [Workload, Tier]))
    .filter(([workload, tier]) => wants(workload.name, tier))

/** A peer that cannot be opened is told of; we have to be. */
function residentOf(peer: string, tier: Tier, path: string, events: number): ResidentRow['answer'] {
  try {
    return measureResident(peer, tier, path, events)
  } catch (error) {
    if (peer === OURS) throw error
    return { missing: `failed: ${firstLine(error)}` }
  }
}

/** Says what is under way beside the report, which goes to the standard output. */
async function timed(title: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now()
  await work()
  console.error(`${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
