import { useSpeech } from '../../context.ts';
import type { Sheet } from '../../contract.ts';
import { Shape, STATUS_SHAPE } from '../../shapes.tsx';

type Part = Sheet['parts'][number];
type Amount = Part['amounts'][number];
type Line = Amount['lines'][number];

interface Props {
  part: Part;
  named: (meter: string) => string;
}

/** What the numerator or the denominator is made of: each meter's amount, and under it how that came about. */
export function Amounts({ part: { title, amounts }, named }: Props) {
  const { t } = useSpeech();
  const isWeighted = amounts.some(({ coefficient }) => coefficient !== null);
  return (
    <section>
      <h3>{title}</h3>
      <table class="told-amounts">
        <thead class="unseen">
          <tr>
            <th scope="col">{t('explain.meter')}</th>
            <th scope="col">{t('explain.amount')}</th>
            {isWeighted && <th scope="col">{t('explain.coefficient')}</th>}
          </tr>
        </thead>
        {amounts.map((amount) => (
          <AmountRows key={amount.meter} amount={amount} name={named(amount.meter)} isWeighted={isWeighted} />
        ))}
      </table>
    </section>
  );
}

function AmountRows({ amount, name, isWeighted }: { amount: Amount; name: string; isWeighted: boolean }) {
  const { t } = useSpeech();
  const { kind, value, statusCode, status, lines, coefficient } = amount;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup">
          <strong>{name}</strong>
          {kind && <span class="label"> {kind}</span>}
        </th>
        <td class="number">
          <strong>{value ?? t('explain.unknown')}</strong>
          {statusCode !== 'good' && (
            <span class={`status ${statusCode}`}>
              {' '}
              <Shape kind={STATUS_SHAPE[statusCode]} />
              {status}
            </span>
          )}
        </td>
        {isWeighted && <td class="number">{coefficient && <Coefficient coefficient={coefficient} />}</td>}
      </tr>
      <tr class="how">
        <td colSpan={isWeighted ? 3 : 2}>
          <dl>
            {lines.map((line) => (
              <LineText key={`${line.what}|${line.text}`} line={line} />
            ))}
            {coefficient?.origin && (
              <div>
                <dt>{t('explain.coefficient')}</dt>
                <dd>{coefficient.origin}</dd>
              </div>
            )}
          </dl>
        </td>
      </tr>
    </tbody>
  );
}

function Coefficient({ coefficient: { factor, result } }: { coefficient: NonNullable<Amount['coefficient']> }) {
  return (
    <>
      × {factor} = <strong>{result}</strong>
    </>
  );
}

function LineText({ line: { what, label, text } }: { line: Line }) {
  const { t } = useSpeech();
  return (
    <div class={what === 'flag' || what === 'doubt' ? 'notable' : undefined}>
      <dt>{label ?? t(`explain.line.${what}`)}</dt>
      <dd>{text}</dd>
    </div>
  );
}
