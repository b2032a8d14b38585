// The files of a checkout, by their paths in it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Tree {
  root: string
  /** Undefined if there is no such file. */
  read: (file: string) => string | undefined
  text: (file: string) => string
  /** The Rust files in the folder, at any depth. */
  rust: (folder: string) => string[]
}

export function treeOf(root: string): Tree {
  const text = (file: string): string => readFileSync(join(root, file), 'utf8')
  return {
    root,
    read: file => (existsSync(join(root, file)) ? text(file) : undefined),
    text,
    rust: folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map(file => `${folder}/${file.replaceAll('\\', '/')}`)
        .filter(file => file.endsWith('.rs') && !file.includes('/target/'))
        .toSorted(),
  }
}
