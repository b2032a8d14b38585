import { TIERS } from '../peers/peer.js'
import { targets } from '../targets.js'
import type { Figures } from './figures.js'
import { megabytes, microseconds } from './format.js'
import { absences, residentTable, targetTable, workloadTable } from './tables.js'

/** The whole report, as the Markdown that is printed and that documents keep. */
export function report(figures: Figures): string {
  const sections: [heading: string, body: string | null][] = [
    ['The run', conditions(figures)],
    ['Targets', targetTable(targets.map(target => target(figures)))],
    ...TIERS.map((tier): [string, string | null] => [`In ${tier} stores`, workloadTable(figures, tier)]),
    ['Memory', figures.resident.length > 0 ? residentTable(figures.resident) : null],
    ['What has no figure', list(absences(figures))],
  ]
  return sections.flatMap(([heading, body]) => (body ? [`## ${heading}`, body] : [])).join('\n\n')
}

const list = (items: readonly string[]): string => items.map(item => `- ${item}`).join('\n')

function conditions({ machine, pace, when, addonBytes, rows }: Figures): string {
  const disk = rows.find(row => row.disk)?.disk
  return list([
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}, Node ${machine.node}`,
    `${pace} run of ${when.slice(0, 10)}; the addon has ${addonBytes === null ? 'an unknown size' : megabytes(addonBytes)}`,
    ...(disk
      ? [`fdatasync took ${microseconds(disk.p50)} (p99 ${microseconds(disk.p99)}) in the first durable row`]
      : []),
  ])
}
