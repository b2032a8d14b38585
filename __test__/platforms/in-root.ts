import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { publishedDir } from '../../scripts/lib/workspace.js'
import { addonFile } from '../../scripts/release/addon/name.js'
import { root as checkout } from '../../scripts/setup/root.mjs'

export interface Place {
  /** A folder that becomes the root of the file system. */
  root: string
  /** A folder that is seen as /runtime. */
  runtime: string
  /** The platform whose built addon is in the checkout there. */
  platform: string
  /** The source of program.mts in the checkout there. */
  program: string
}

export interface Ended {
  code: number | null
  /** Both streams. */
  printed: string
}

/** Namespaces of its own take the mounts away with the last process. The checkout is seen as /rivers-storage: changes go into memory. */
const ENTER = `
set -e
root=$1 runtime=$2 checkout=$3 addon=$4 name=$5 program=$6
shift 6
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/changes"
mkdir "$root/changes/up" "$root/changes/work"
mount --bind "$runtime" "$root/runtime"
mount -t overlay overlay -o "lowerdir=$checkout,upperdir=$root/changes/up,workdir=$root/changes/work" "$root/rivers-storage"
rm -f "$root"/rivers-storage/*.node
cp "$addon" "$root/rivers-storage/$name"
printf %s "$program" > "$root/rivers-storage/program.mts"
exec unshare --root="$root" --wd=/rivers-storage "$@" 2>&1
`

const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/tmp', TMPDIR: '/tmp', LANG: 'C.UTF-8' }

/** Runs a command in a private root, with the built addon in place of that of this machine. */
export function inRoot(
  { root, runtime, platform, program }: Place,
  command: string[],
  more: NodeJS.ProcessEnv = {},
): Ended {
  const addon = join(checkout, publishedDir, addonFile(platform))
  const enter = [root, runtime, checkout, addon, addonFile(platform), program, ...command]
  const unshare = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, 'sh']
  const { status, stdout, stderr, error } = spawnSync('unshare', [...unshare, ...enter], {
    encoding: 'utf8',
    env: { ...env, ...more },
    maxBuffer: 1 << 28,
  })
  return { code: status, printed: error ? error.message : stdout + stderr }
}
