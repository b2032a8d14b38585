// JavaScript without packages, since try.mjs imports it in containers that have only Node.

/**
 * What a sample prints, by its comments: what follows `// →`, and the lines after that which begin with `//` and three spaces.
 * @type {(source: string) => string}
 */
export const said = source =>
  Array.from(source.matchAll(/\/\/ → (.*(?:\n *\/\/ {3}.*)*)/g), match =>
    (match[1] ?? '').replaceAll(/^ *\/\/ {3}/gm, ''),
  ).join('')

/** @type {(text: string) => string} */
export const squeezed = text => text.replaceAll(/\s+/g, '')
