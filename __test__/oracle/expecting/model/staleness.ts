/** As much of an asset's record as staleness depends on. */
export interface Judged {
  asset_key: string
  code_version: string | null
  last_data_version: string | null
  last_materialization_code_version: string | null
  last_input_data_versions: [string, string][]
}
/** [downstream, upstream] */
export type Edges = [string, string][]

/**
 * D17: what is stale, as the smallest set that staleness is passed on in: by cycles, and by names of which nothing is known,
 * too.
 */
export function byFixpoint(records: Judged[], edges: Edges): unknown[] {
  const known = new Map(records.map(record => [record.asset_key, record]))
  const between = edges.filter(([down, up]) => down !== up)
  const upstreams = (name: string): string[] => between.filter(([down]) => down === name).map(([, up]) => up)
  const stale = new Set<string>()
  for (const [name, record] of known) {
    const causes = dataCauses(record, upstreams(name), known, stale)
    if (isMissing(record) || codeCauses(record).length > 0 || causes.length > 0) stale.add(name)
  }
  for (let size = -1; size !== stale.size;) {
    size = stale.size
    for (const [down, up] of between) if (stale.has(up)) stale.add(down)
  }
  return records.map(record => judge(record, dataCauses(record, upstreams(record.asset_key), known, stale)))
}

/** The same in the order of the graph, of those that the order reaches: the others' upstreams are not looked at. */
export function byOrder(records: Judged[], edges: Edges): unknown[] {
  const known = new Map(records.map(record => [record.asset_key, record]))
  const waits = new Map([...known.keys()].map(name => [name, 0]))
  for (const [down] of edges) waits.set(down, (waits.get(down) ?? 0) + 1)
  const ready = [...waits].filter(([, count]) => count === 0).map(([name]) => name)
  const stale = new Set<string>()
  const judged = new Map<string, Verdict>()
  for (const name of ready) {
    const record = known.get(name)
    if (record) {
      const upstreams = edges.filter(([down]) => down === name).map(([, up]) => up)
      const verdict = judge(record, dataCauses(record, upstreams, known, stale))
      judged.set(name, verdict)
      if (verdict.status !== 'UpToDate') stale.add(name)
    }
    for (const [down, up] of edges) {
      if (up !== name) continue
      waits.set(down, waits.get(down)! - 1)
      if (waits.get(down) === 0) ready.push(down)
    }
  }
  return records.map(record => judged.get(record.asset_key) ?? judge(record, []))
}

interface Cause {
  asset_key: string
  category: 'Code' | 'Data'
  dependency: string | null
  reason: string
}
interface Verdict {
  asset_key: string
  status: 'UpToDate' | 'Stale' | 'Missing'
  causes: Cause[]
}

function judge(record: Judged, dataCauses: Cause[]): Verdict {
  const { asset_key } = record
  if (isMissing(record)) return { asset_key, status: 'Missing', causes: [] }
  const causes = [...codeCauses(record), ...dataCauses]
  return { asset_key, status: causes.length > 0 ? 'Stale' : 'UpToDate', causes }
}

const isMissing = (record: Judged): boolean => record.last_data_version === null

function codeCauses({ asset_key, code_version, last_materialization_code_version }: Judged): Cause[] {
  if (code_version === null || code_version === last_materialization_code_version) return []
  return [{ asset_key, category: 'Code', dependency: null, reason: 'code version changed' }]
}

function dataCauses(record: Judged, upstreams: string[], known: Map<string, Judged>, stale: Set<string>): Cause[] {
  const consumed = new Map(record.last_input_data_versions)
  return upstreams.flatMap(dependency => {
    const current = known.get(dependency)?.last_data_version ?? null
    const was = consumed.get(dependency)
    const what = stale.has(dependency)
      ? 'is stale'
      : current === null || current === was
        ? undefined
        : was === undefined
          ? 'has data not yet consumed'
          : 'has new data version'
    if (!what) return []
    return [{ asset_key: record.asset_key, category: 'Data', dependency, reason: `upstream '${dependency}' ${what}` }]
  })
}
