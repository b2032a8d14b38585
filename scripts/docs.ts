// Writes the generated parts of the API reference in docs/api, and of docs/tables.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { declarations } from './docs/declarations.js'
import { checkComplete, folder, readIndex, readPages } from './docs/pages.js'
import { addresses, renderIndex, renderPage } from './docs/render.js'
import { writeTables } from './docs/tables.js'
import { stop } from './setup/run.mjs'

async function write(): Promise<void> {
  const all = declarations()
  const pages = readPages()
  const index = readIndex()
  checkComplete(pages, all)
  const known = addresses(pages, all)
  for (const page of pages) writeFileSync(join(folder, page.file), await renderPage(page, all, known))
  writeFileSync(join(folder, index.file), renderIndex(index.head, all, known))
  writeTables()
}

write().catch((error: Error) => stop(error.message))
