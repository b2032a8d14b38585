// The tags of a comment as sentences: what is returned, and one line for all errors.

/** Text before the tags, and the text of each tag by its name. */
function parted(doc) {
  const [text, ...tags] = doc.split(/^@(?=\w)/m)
  const all = tags.map(tag => tag.match(/^(\w+)\s+(.*)$/s)).map(([, name, said]) => [name, said.trim()])
  const said = name => all.filter(tag => tag[0] === name).map(tag => tag[1].replaceAll(/\s+/g, ' '))
  return { text: text.trim(), returns: said('returns'), throws: said('throws') }
}

export function sentences(doc) {
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
