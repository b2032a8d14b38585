/**
 * The README as the npm page shows it. Its relative links lead to files that are not packed, so they become links to
 * the repository, at the tag of the version.
 */
export function withAbsoluteLinks(markdown: string, address: string, tag: string): string {
  const parts = markdown.split(/(^```.*?^```$)/ms)
  return parts
    .map(part =>
      part.startsWith('```')
        ? part
        : part.replaceAll(
            /(!?)(\[[^\]]*\]\()(?![a-z]+:|#)([^)]+\))/g,
            (_, image: string, text: string, target: string) =>
              `${image}${text}${address}/${image ? 'raw' : 'blob'}/${tag}/${target}`,
          ),
    )
    .join('')
}
