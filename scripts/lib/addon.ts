import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { generateTypeDef, parseTriple, readNapiConfig } from '@napi-rs/cli'
import { root } from '../setup/root.mjs'
import { output, stop } from '../setup/run.mjs'
import { cargoBuild, type Built } from './cargo-build.js'
import { addonManifest, surrealqlFeature, targetDir, typesDir } from './workspace.js'

const CRATE = 'rivers-storage-node'

/**
 * Left in the target folder once SurrealDB's executor is compiled there, which takes as long as all the rest: from then on
 * every build has it. Otherwise builds with and without it would replace each other's addon.
 */
const executorCompiled = join(targetDir, 'surrealql')

/**
 * Builds the addon for this machine, with binding.d.ts. It does with the napi CLI's own functions what
 * `napi build` does, but for one thing: that always names a `--target`, whose artefacts `cargo test` and
 * `cargo clippy` do not share, so the engine would be compiled twice.
 */
export async function buildAddon(
  profile: 'dev' | 'dist',
  { asksForSurrealql = false } = {},
): Promise<{ addon: string; isNew: boolean; time: string }> {
  const config = await readNapiConfig(join(root, 'package.json'))
  const hasSurrealql = profile === 'dist' || asksForSurrealql || existsSync(executorCompiled)
  const { artifacts, time } = await buildWithTypes(profile, hasSurrealql ? surrealqlFeature : [])
  if (hasSurrealql) writeFileSync(executorCompiled, '')
  const library = artifacts.find(({ manifest_path }) => manifest_path === addonManifest)
  const file = library?.filenames.find(name => /\.(so|dylib|dll)$/.test(name))
  if (!file) return stop(`cargo built no library of ${CRATE}.`)

  const host = output('rustc', ['-vV'])?.match(/^host: (.*)$/m)?.[1]
  if (!host) return stop('rustc does not name the host.')
  const addon = `${config.binaryName}.${parseTriple(host).platformArchABI}.node`
  const isNew = copyIfChanged(file, join(root, addon))
  await writeTypes(config)
  return { addon, isNew, time }
}

/** The types are written while the crate compiles: where it is compiled but they are gone, it has to compile again. */
async function buildWithTypes(profile: string, features: string[]): Promise<Built> {
  mkdirSync(typesDir, { recursive: true })
  const built = await cargoBuild(profile, features)
  if (existsSync(join(typesDir, CRATE))) return built
  return cargoBuild(profile, features, {
    [`NAPI_FORCE_BUILD_${CRATE.toUpperCase().replaceAll('-', '_')}`]: String(Date.now()),
  })
}

/** Renamed into place: a process that runs the old library keeps it whole. */
function copyIfChanged(from: string, to: string): boolean {
  const source = statSync(from)
  const old = statSync(to, { throwIfNoEntry: false })
  if (old?.size === source.size && Math.abs(old.mtimeMs - source.mtimeMs) < 1) return false
  const next = `${to}.${process.pid}.tmp`
  copyFileSync(from, next, constants.COPYFILE_FICLONE)
  utimesSync(next, source.atimeMs / 1000, source.mtimeMs / 1000)
  renameSync(next, to)
  return true
}

async function writeTypes({ constEnum, dtsHeaderFile }: Awaited<ReturnType<typeof readNapiConfig>>): Promise<void> {
  const { dts } = await generateTypeDef({
    typeDefDir: typesDir,
    cwd: root,
    constEnum,
    configDtsHeaderFile: dtsHeaderFile,
    // It would be set by napi's own loader.
    declareBindingTarget: false,
  })
  writeFileSync(join(root, 'binding.d.ts'), dts)
}
