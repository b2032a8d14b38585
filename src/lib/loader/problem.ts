import type { Target } from './targets.js'

/** Why one addon could not be loaded. */
export type Problem =
  | { kind: 'absent' }
  /** The package is there, or a bundle has its version in it; the file is not. */
  | { kind: 'file missing' }
  | { kind: 'version'; found: string }
  /** The file is not loaded, because Node would not take it for an addon. */
  | { kind: 'name' }
  | { kind: 'broken' }
  | { kind: 'access' }
  | { kind: 'disabled' }
  | { kind: 'glibc'; needed: string }
  | { kind: 'processor' }
  | { kind: 'other libc' }
  | { kind: 'library'; needed: string }
  | { kind: 'other' }

/** One addon that was tried: of a target, or a file that was named. */
export interface Attempt {
  /** The package or file, as the message names it. */
  source: string
  target?: Target | undefined
  problem: Problem
  error: Error
}

/** Messages of the dynamic loaders of glibc and musl, of macOS and of Windows. */
const DLOPEN: readonly (readonly [RegExp, (match: string) => Problem])[] = [
  [/version [`'"]GLIBC_([\d.]+)' not found/, needed => ({ kind: 'glibc', needed: `glibc ${needed}` })],
  [
    /version [`'"]((?:GLIBCXX|CXXABI)_[\d.]+)' not found/,
    needed => ({ kind: 'library', needed: `libstdc++ with ${needed}` }),
  ],
  [/CPU ISA level is lower than required/, () => ({ kind: 'processor' })],
  [/(?:libc\.musl-[\w.-]+|libc\.so): |(?:ld-linux-[\w.-]+|Error relocating)/, () => ({ kind: 'other libc' })],
  // glibc's message for a file that exists, but is for another processor.
  [/\.node: cannot open shared object file: No such file/, () => ({ kind: 'broken' })],
  [/([\w+.-]+\.so[\d.]*): cannot open shared object file: No such file/, needed => ({ kind: 'library', needed })],
  [/Error loading shared library ([\w+.-]+): No such file/, needed => ({ kind: 'library', needed })],
  // glibc leaves out why it cannot map a file: most often for want of the right to execute.
  [
    /Permission denied|Operation not permitted|Access is denied|failed to map segment from shared object(?!: )/,
    () => ({ kind: 'access' }),
  ],
  [
    /file too short|invalid ELF header|wrong ELF class|cannot read file data|ELF (?:load command|file)|Exec format error|mach-o|not a valid Win32 application/i,
    () => ({ kind: 'broken' }),
  ],
]

/** The problem behind the error of a `require`. `isInstalled` if the package of the required file is installed. */
export function problemOf({ code, message }: NodeJS.ErrnoException, isInstalled: boolean): Problem {
  if (code === 'MODULE_NOT_FOUND') return { kind: isInstalled ? 'file missing' : 'absent' }
  if (code === 'ERR_DLOPEN_DISABLED' || message.startsWith('Requires ffi access')) return { kind: 'disabled' }
  for (const [pattern, problem] of DLOPEN) {
    const match = message.match(pattern)
    if (match) return problem(match[1] ?? '')
  }
  return { kind: 'other' }
}
