import { useSpeech } from '../../context.ts';
import type { LiveValue } from '../../contract.ts';
import { hasValue } from '../../state/verdict.ts';

type Reason = 'no-production' | 'incomplete' | 'implausible';
const isReason = (reason: string | null | undefined): reason is Reason =>
  reason === 'no-production' || reason === 'incomplete' || reason === 'implausible';

/** Why there is no number, in words. */
export function useReason(): (figure: LiveValue | undefined) => string {
  const { t } = useSpeech();
  return (figure) => t(`reason.${isReason(figure?.reason) ? figure.reason : figure ? 'incomplete' : 'waiting'}`);
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
