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
import { toolchainFor } from '../cross/toolchain.js'
import { root } from '../setup/root.mjs'
import { output, stop } from '../setup/run.mjs'
import { cargoBuild, type Built } from './cargo-build.js'
import { addonManifest, publishedDir, surrealqlFeature, targetDir, typesDir } from './workspace.js'

const CRATE = 'rivers-storage-node'

/**
 * Left in the target folder once SurrealDB's executor is compiled there, which takes as long as all the rest: from then on
 * every build has it. Otherwise builds with and without it would replace each other's addon.
 */
const executorCompiled = join(targetDir, 'surrealql')

export interface BuiltAddon {
  addon: string
  isNew: boolean
  time: string
}

/**
 * Builds the addon for this machine, with binding.d.ts. It does with the napi CLI's own functions what
 * `napi build` does, but for one thing: that always names a `--target`, whose artefacts `cargo test` and
 * `cargo clippy` do not share, so the engine would be compiled twice.
 */
export async function buildAddon(profile: 'dev' | 'dist', { asksForSurrealql = false } = {}): Promise<BuiltAddon> {
  const hasSurrealql = profile === 'dist' || asksForSurrealql || existsSync(executorCompiled)
  const { artifacts, time } = await buildWithTypes(profile, hasSurrealql ? surrealqlFeature : [])
  if (hasSurrealql) writeFileSync(executorCompiled, '')
  const host = output('rustc', ['-vV'])?.match(/^host: (.*)$/m)?.[1]
  if (!host) return stop('rustc does not name the host.')
  const addon = await nameOf(host)
  const isNew = copyIfChanged(libraryOf(artifacts), join(root, addon))
  await writeTypes(await config())
  return { addon, isNew, time }
}

/** Builds the addon that is published for a target triple, in the folder `dist`. */
export async function buildPublished(triple: string): Promise<BuiltAddon> {
  const toolchain = await toolchainFor(triple)
  const { artifacts, time } = await cargoBuild('dist', surrealqlFeature, toolchain)
  const addon = join(publishedDir, await nameOf(triple))
  mkdirSync(join(root, publishedDir), { recursive: true })
  return { addon, isNew: copyIfChanged(libraryOf(artifacts), join(root, addon)), time }
}

const config = (): ReturnType<typeof readNapiConfig> => readNapiConfig(join(root, 'package.json'))

const nameOf = async (triple: string): Promise<string> =>
  `${(await config()).binaryName}.${parseTriple(triple).platformArchABI}.node`

function libraryOf(artifacts: Built['artifacts']): string {
  const library = artifacts.find(({ manifest_path }) => manifest_path === addonManifest)
  const file = library?.filenames.find(name => /\.(so|dylib|dll)$/.test(name))
  return file ?? stop(`cargo built no library of ${CRATE}.`)
}

/** The types are written while the crate compiles: where it is compiled but they are gone, it has to compile again. */
async function buildWithTypes(profile: string, features: string[]): Promise<Built> {
  mkdirSync(typesDir, { recursive: true })
  const built = await cargoBuild(profile, features)
  if (existsSync(join(typesDir, CRATE))) return built
  return cargoBuild(profile, features, undefined, {
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
