/** Puts the server's namespace index in the place of `nsu=<uri>`; null when the server has no such namespace. */
export function withIndex(node: string, namespaces: readonly string[]): string | null {
  const [, uri, identifier] = /^nsu=([^;]+);(.*)$/is.exec(node) ?? [];
  if (uri === undefined) return node;
  // OPC UA Part 6, 5.1.12: ';' and '%' in a URI are written %3B and %25.
  const index = namespaces.indexOf(uri.replace(/%3B/gi, ';').replaceAll('%25', '%'));
  return index < 0 ? null : `ns=${index};${identifier}`;
}
