import type { Cause } from './cause.js'
import type { Runtime } from './machine.js'
import type { Attempt } from './problem.js'
import { packageOf, TARGETS, type Target } from './targets.js'

/** What the message names beside the cause. */
export interface Facts {
  version: string
  platform: string
  arch: string
  /** Such as `glibc 2.36`. */
  libc: string | undefined
  runtime: Runtime
  runtimeVersion: string
  attempts: readonly Attempt[]
  /** Targets whose packages are installed. */
  installedTargets: readonly Target[]
}

const BUNDLED = 'In a bundle, mark rivers-storage as external, or copy the addon beside the bundle.'
const FROM_SOURCE = 'Or build the addon from source for this machine, and name the file in RIVERS_STORAGE_BINARY.'

export function messageOf(cause: Cause, facts: Facts): string {
  const { version, platform, arch, libc, runtime, runtimeVersion, attempts } = facts
  const { why, advice } = explained(cause, facts)
  const machine = [`${platform} ${arch}`, libc, `${runtime} ${runtimeVersion}`].filter(Boolean).join(', ')
  const tried = attempts.filter(isRelevant).map(({ source, error }) => `  ${source}: ${firstLine(error.message)}`)
  return [
    `rivers-storage ${version} cannot load its addon (${machine}).`,
    why,
    ...advice,
    ...(tried.length > 0 ? ['Tried:', ...tried] : []),
  ].join('\n')
}

/** Without the addon beside the package, which is expected only in a clone or where it was copied. */
const isRelevant = ({ source, problem }: Attempt): boolean => !(source.startsWith('./') && problem.kind === 'absent')

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

interface Explained {
  why: string
  advice: string[]
}

function explained(cause: Cause, facts: Facts): Explained {
  switch (cause.reason) {
    case 'unsupported platform':
      return {
        why: `There is no addon for this platform. There are addons for ${TARGETS.join(', ')}.`,
        advice: ['Use one of these platforms.', FROM_SOURCE],
      }
    case 'old processor':
      return {
        why: `The processor is too old: the addon needs the level x86-64-v2${cause.lacking.length > 0 ? `, and ${cause.lacking.join(', ')} of it is missing` : ''}.`,
        advice: [
          "In a virtual machine, select a processor of that level or the host's own (QEMU and Proxmox: 'host').",
          FROM_SOURCE,
        ],
      }
    case 'package missing':
      return missing(cause.target, facts)
    case 'wrong version':
      return {
        why: `${packageOf(cause.target)} is of version ${cause.found}; it must be of version ${facts.version}, as rivers-storage is.`,
        advice: [
          'Delete node_modules and install again. If it stays, look for the package in the lock file, overrides and resolutions.',
        ],
      }
    case 'file missing':
      return {
        why: `The addon of ${cause.attempt.source} is not there, though the package is installed or its version is in this bundle.`,
        advice: [BUNDLED, 'Without a bundle, delete node_modules and install again.'],
      }
    case 'broken file':
      return {
        why: `The addon ${cause.attempt.source} is damaged, incomplete, or for another processor.`,
        advice: ['Delete node_modules and install again. If it stays, clear the cache of the package manager first.'],
      }
    case 'access denied':
      return {
        why: `The system does not allow this process to load ${cause.attempt.source}.`,
        advice: [
          'Give the user of the process the right to read the file and to enter its folders.',
          'If its file system is mounted with noexec, move the file, or mount it without. A limit of the address space (ulimit -v) also does this.',
        ],
      }
    case 'old glibc':
      return {
        why: `The addon needs ${cause.needed} or newer; this system has ${facts.libc ?? 'an older one'}.`,
        advice: ['Use a newer system or image, or an image with musl, such as Alpine.', FROM_SOURCE],
      }
    case 'missing library':
      return {
        why: `The addon needs ${cause.needed}, which this system lacks.`,
        advice: /^lib(?:stdc|gcc)/.test(cause.needed)
          ? [
              "Install the library of GCC 12 or newer: 'libstdc++6' on Debian and Ubuntu, 'libstdc++' on Alpine and Fedora.",
            ]
          : ['Install the package of your system that has it.'],
      }
    case 'other libc':
      return {
        why: `The addon ${cause.attempt.source} is for another libc than that of this process.`,
        advice: ['Name the file of the right platform in RIVERS_STORAGE_BINARY, or unset it.'],
      }
    case 'permission':
      return facts.runtime === 'Deno'
        ? { why: 'Deno was not allowed to load addons.', advice: ['Add --allow-ffi to the command line.'] }
        : {
            why: "Node's permission model is on, and does not allow addons.",
            advice: [
              'Add --allow-addons to the command line. The permission model does not bind an addon: it can use all files of the user.',
            ],
          }
    case 'no addons':
      return {
        why: 'Addons are disabled by --no-addons.',
        advice: ['Remove it from the command line, from NODE_OPTIONS and from the execArgv of workers.'],
      }
    case 'no such file':
      return {
        why: 'RIVERS_STORAGE_BINARY names a file that is not there.',
        advice: ['Correct the variable, or unset it to use the package of this platform.'],
      }
    case 'wrong name':
      return {
        why: 'RIVERS_STORAGE_BINARY names a file, or a link to one, whose name does not end in .node.',
        advice: ['Copy it to a name that ends in .node, and name the copy.'],
      }
    case 'other':
      return { why: `The system refused ${cause.attempt.source}: see below.`, advice: [] }
  }
}

function missing(
  target: Target,
  { version, installedTargets }: Pick<Facts, 'version' | 'installedTargets'>,
): Explained {
  const name = packageOf(target)
  const others = installedTargets.filter(each => each !== target).map(packageOf)
  const instead = others.length > 0 ? ` Installed for other platforms: ${others.join(', ')}.` : ''
  return {
    why: `The package ${name}, which has the addon for this platform, is not installed.${instead}`,
    advice: [
      'Install again on this platform, without --omit=optional, --no-optional or the like.',
      'If the lock file was written on another platform and leaves the package out, delete it and node_modules first.',
      `Or add the package yourself: npm install ${name}@${version}`,
      `If the package manager has a minimum release age, exempt rivers-storage*, for Bun by the full names rivers-storage and ${name}.`,
      `${BUNDLED} In a clone, run: npm run setup`,
    ],
  }
}
