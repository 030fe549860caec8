import type { ComponentChildren } from 'preact';

export function Fact({
  name,
  look,
  children,
}: {
  name: string;
  look?: 'bad' | undefined;
  children: ComponentChildren;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={look && `status ${look}`}>{children}</dd>
    </div>
  );
}

export interface Row {
  readonly key: string;
  readonly cells: readonly ComponentChildren[];
}

/** Nothing where there are no rows. */
export function Table({ heads, rows }: { heads: readonly string[]; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <table>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key}>
            {cells.map((cell, column) => (
              // Where a table becomes a list, each cell says what it is.
              <td key={heads[column]} data-head={heads[column]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
