// The tags of a comment as sentences: what is returned, and one line for all errors.

interface Parts {
  text: string
  returns: string[]
  throws: string[]
}

/** Text before the tags, and the text of each tag by its name. */
function parted(doc: string): Parts {
  const [text = '', ...tags] = doc.split(/^@(?=\w)/m)
  const said = (name: string): string[] =>
    tags.flatMap(tag => {
      const [, tagName, tagText = ''] = tag.match(/^(\w+)\s+(.*)$/s) ?? []
      return tagName === name ? [tagText.trim().replaceAll(/\s+/g, ' ')] : []
    })
  return { text: text.trim(), returns: said('returns'), throws: said('throws') }
}

export function sentences(doc: string): string {
  const { text, returns, throws } = parted(doc)
  const errors = throws.map(said => said.replace(/^\{StorageError\} /, '').replace(/\.$/, ''))
  return [
    text,
    ...returns.map(said => `Returns ${said}.`),
    ...(errors.length > 0 ? [`Errors: ${errors.join('; ')}.`] : []),
  ]
    .filter(Boolean)
    .join('\n\n')
}
