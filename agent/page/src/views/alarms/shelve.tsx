import { useState } from 'preact/hooks';
import { useSpeech } from '../../context.ts';
import { Ask } from '../ask.tsx';

const HOUR = 3_600_000;
/** Hours for which an alarm may be put aside here; the agent bears up to 31 days. */
const HOURS = [1, 8, 24, 168] as const;

interface Props {
  name: string;
  now: number;
  shelve: (until: string, reason: string) => void;
  close: () => void;
}

/** Asks for how long, and why: without a reason nothing is put aside. */
export function Shelve({ name, now, shelve, close }: Props) {
  const { t, format } = useSpeech();
  const [hours, setHours] = useState<number>(HOURS[1]);
  const [reason, setReason] = useState('');
  const until = new Date(now + hours * HOUR).toISOString();
  return (
    <Ask
      id="shelve"
      title={t('shelve.title', { name })}
      verb={t('alarms.shelve')}
      answered={() => shelve(until, reason.trim())}
      closed={close}
    >
      <label>
        {t('shelve.for')}
        <select value={hours} onChange={({ currentTarget }) => setHours(Number(currentTarget.value))}>
          {HOURS.map((count) => (
            <option key={count} value={count}>
              {t('shelve.hours', { count })}
            </option>
          ))}
        </select>
      </label>
      <p class="label">{t('shelve.until', { time: format.since(until, now) })}</p>
      <label>
        {t('shelve.reason')}
        <input
          type="text"
          required
          maxLength={500}
          pattern=".*\S.*"
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
    </Ask>
  );
}
