import { useSpeech } from '../../context.ts';
import type { LiveValue } from '../../contract.ts';
import { Shape } from '../../shapes.tsx';
import { caveat, hasValue } from '../../state/verdict.ts';

type Reason = 'no-production' | 'incomplete' | 'implausible';
export const isReason = (reason: string | null | undefined): reason is Reason =>
  reason === 'no-production' || reason === 'incomplete' || reason === 'implausible';

/** Why there is no number, in words. */
export function useReason(): (figure: LiveValue | undefined) => string {
  const { t } = useSpeech();
  return (figure) => {
    if (!figure) return t('reason.waiting');
    if (figure.reason === 'incomplete' && figure.coverage?.known === 0) return t('reason.no-data');
    return t(`reason.${isReason(figure.reason) ? figure.reason : 'incomplete'}`);
  };
}

/** A figure with its unit, or the reason in words; never a zero for an unknown one. */
export function FigureText({ figure, like }: { figure: LiveValue | undefined; like?: number | undefined }) {
  const { format } = useSpeech();
  const reason = useReason();
  if (!hasValue(figure)) return <span class="words">{reason(figure)}</span>;
  return (
    <>
      <span class="value">{like === undefined ? format.number(figure.value) : format.against(figure.value, like)}</span>{' '}
      <span class="unit">{format.unit(figure.unit)}</span>
    </>
  );
}

/** A word beside a figure that is not firm; where there is little room, shorter or a sign. */
export function Caveat({ figure, brief = false }: { figure: LiveValue | undefined; brief?: boolean }) {
  const { t } = useSpeech();
  const word = caveat(figure);
  if (!word) return null;
  if (brief && word === 'uncertain')
    return (
      <span class="caveat sign" title={t('figure.uncertain')}>
        <Shape kind="doubt" />
        <span class="unseen">{t('figure.uncertain')}</span>
      </span>
    );
  return <span class="caveat">{t(brief ? 'figure.estimate.brief' : `figure.${word}`)}</span>;
}
