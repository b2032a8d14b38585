// Writes the generated part of the API reference in docs/api.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { declarations } from './docs/declarations.mjs'
import { checkComplete, folder, readIndex, readPages } from './docs/pages.mjs'
import { addresses, renderIndex, renderPage } from './docs/render.mjs'
import { stop } from './lib/run.mjs'

const all = declarations()
const pages = readPages()
try {
  checkComplete(pages, all)
} catch (error) {
  stop(error.message)
}
const known = addresses(pages, all)
for (const page of pages) writeFileSync(join(folder, page.file), await renderPage(page, all, known))
writeFileSync(join(folder, 'README.md'), renderIndex(readIndex(), all, known))
