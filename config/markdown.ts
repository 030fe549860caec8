/** Chinese characters and their punctuation take two columns. */
const widthOf = (text: string): number =>
  [...text].length + (text.match(/[\p{Script=Han}\u3000-\u303f\uff01-\uff60]/gu)?.length ?? 0);

/** A Markdown table, its columns as wide as their widest cell, as the formatter wants it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => widthOf(row[column]!))));
  const line = (row: readonly string[], fill: string): string =>
    `| ${row.map((text, column) => text + fill.repeat(widths[column]! - widthOf(text))).join(' | ')} |`;
  const [first, ...others] = cells.map((row) => line(row, ' '));
  const rule = line(Array(head.length).fill(''), '-');
  return [first, rule, ...others].join('\n');
}
