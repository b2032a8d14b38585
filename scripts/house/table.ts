// What can be counted of how the code is built and described.
import { circles, graphOf } from './circles.js'
import { publicItems } from './documented.js'
import { DOMAIN, readDomain } from './domain.js'
import { upward, type Arrow } from './floors.js'
import type { Import } from './modules.js'
import type { Parse } from './rust.js'
import type { Tree } from './tree.js'
import { undocumented } from './types.js'
import { unsafeIn } from './unsafe.js'

export interface Row {
  title: string
  count: string
  /** What was counted, one a line. */
  list: string[]
}

const DESCRIBED = [DOMAIN, 'crates/surreal/src', 'crates/node/src']

export function count(parse: Parse, tree: Tree): Row[] {
  const domain = readDomain(parse, tree)
  return [
    circleRow(`${DOMAIN}: files in circles`, domain.files, domain.imports),
    circleRow(
      `${DOMAIN}: the same, re-exports left out`,
      domain.files,
      domain.imports.filter(({ isReexport }) => !isReexport),
    ),
    arrowRow(upward(domain.floors, domain.arrows)),
    unsafeRow(parse, tree),
    ...DESCRIBED.map(folder => documentedRow(parse, tree, folder)),
    typesRow(undocumented(tree.root)),
  ]
}

function circleRow(title: string, files: string[], imports: Import[]): Row {
  const found = circles(files, graphOf(imports))
  const inCircles = found.flat().length
  return {
    title,
    count: `${inCircles} of ${files.length}, the largest circle ${found[0]?.length ?? 0}`,
    list: found.map(circle => circle.join(' ')),
  }
}

const arrowRow = (arrows: Arrow[]): Row => ({
  title: `${DOMAIN}: arrows upward between folders`,
  count: String(arrows.length),
  list: arrows.map(describe),
})

const EXAMPLES = 3

export function describe({ from, to, imports }: Arrow): string {
  const all = [...new Set(imports.map(found => `${found.from} uses ${found.path}`))]
  const more = all.length > EXAMPLES ? `, and ${all.length - EXAMPLES} more` : ''
  return `${from} -> ${to}: ${all.slice(0, EXAMPLES).join(', ')}${more}`
}

function unsafeRow(parse: Parse, tree: Tree): Row {
  const all = tree.rust('crates').flatMap(file => unsafeIn(parse(tree.text(file))).map(each => ({ file, ...each })))
  const bare = all.filter(({ isExplained }) => !isExplained)
  return {
    title: 'crates: unsafe without SAFETY',
    count: `${bare.length} of ${all.length}`,
    list: bare.map(({ file, line }) => `${file}:${line}`),
  }
}

function documentedRow(parse: Parse, tree: Tree, folder: string): Row {
  const all = tree.rust(folder).flatMap(file => publicItems(parse(tree.text(file))).map(each => ({ file, ...each })))
  const bare = all.filter(({ isDocumented }) => !isDocumented)
  return {
    title: `${folder}: public items without docs`,
    count: `${bare.length} of ${all.length}`,
    list: bare.map(({ file, line, name }) => `${file}:${line} ${name}`),
  }
}

const typesRow = (names: string[]): Row => ({
  title: 'types of the package: members without a sentence',
  count: String(names.length),
  list: names,
})
