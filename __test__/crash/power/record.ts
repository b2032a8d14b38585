import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bytesOf } from '../model/bytes.js'
import { startProgram } from '../process/program.js'
import { revive, work, type Script } from '../process/worker.js'
import { Disk } from './disk.js'
import { readTrace, type Change } from './trace.js'

/** Null where it cannot be: elsewhere than on Linux, and without a C compiler. */
export function compileShim(folder: string): string | null {
  const library = join(folder, 'shim.so')
  const sources = ['trace.c', 'files.c', 'tree.c'].map(name => join(__dirname, 'shim', name))
  const args = ['-O2', '-shared', '-fPIC', '-o', library, ...sources, '-ldl', '-lpthread']
  return process.platform === 'linux' && spawnSync('cc', args, { stdio: 'inherit' }).status === 0 ? library : null
}

/** Runs the script in a process whose changes of the disk are recorded. The store is in the folder `root`/db. */
export async function record(shim: string, folder: string, script: Omit<Script, 'path'>): Promise<Change[]> {
  mkdirSync(join(folder, 'root'))
  const root = realpathSync(join(folder, 'root'))
  const scriptFile = join(folder, 'script.json')
  const traceFile = join(folder, 'trace')
  writeFileSync(scriptFile, JSON.stringify({ ...script, path: join(root, 'db') } satisfies Script))
  const env = { LD_PRELOAD: shim, TRACE_ROOT: root, TRACE_FILE: traceFile }
  const end = await startProgram(work, [bytesOf, revive], { scriptFile }, env).ended
  if (end.code !== 0) throw new Error(`the traced process ended with ${end.code ?? end.signal}: ${end.stderr}`)
  const changes = readTrace(traceFile)
  compare(root, changes)
  return changes
}

/** A change that was not recorded would make all that follows worthless: what is simulated has to be what there is. */
function compare(root: string, changes: readonly Change[]): void {
  const disk = new Disk()
  for (const change of changes) disk.apply(change)
  const simulated = disk.now()
  const real = filesBelow(root).map(path => relative(root, path))
  const all = new Set([...real, ...simulated.keys()])
  // The engine's diary is written by other calls than those recorded. Nothing reads it.
  for (const path of [...all].filter(path => !/(^|\/)LOG(\.old\.\d+)?$/.test(path))) {
    if (!real.includes(path) || !simulated.get(path)?.equals(readFileSync(join(root, path)))) {
      throw new Error(`the trace does not tell how '${path}' came to be what it is`)
    }
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}
