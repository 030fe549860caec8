import { useState } from 'preact/hooks';
import { ApiError, agentUrl, getJson, postJson, useFetched } from '../../api.ts';
import { useSpeech } from '../../context.ts';
import type { EntriesPage, EntryReceipt, Line, PlantDescription } from '../../contract.ts';
import { bodyOf, type Draft, draftOf, type EntryType, renewed } from '../../state/entry.ts';
import { wallTime } from '../../state/plantTime.ts';
import { type PageState, plantNow } from '../../state/state.ts';
import { useOperator, Who } from '../alarms/who.tsx';
import { EntryForm } from './entryForm.tsx';
import { EntryList } from './entryList.tsx';
import { Receipt } from './receipt.tsx';

/** So many of the last entries are shown. */
const SHOWN = '20';

interface Props {
  /** Whose meters come first; null for none. */
  line: Line | null;
  state: PageState;
  plant: PlantDescription;
}

/** What people enter by hand: weights, inventories, exchanged meters; and what was entered. */
export function Entries({ line, state, plant }: Props) {
  const { t } = useSpeech();
  const operator = useOperator();
  const now = plantNow(state) ?? 0;
  const { timeZone } = plant;
  const begun = (type: EntryType): Draft => draftOf(plant, type, wallTime(now, timeZone), line?.id);
  const [draft, setDraft] = useState<Draft>(() => begun('piece'));
  const [receipt, setReceipt] = useState<EntryReceipt | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const entered = useFetched(() => getJson<EntriesPage>(agentUrl('v1/entries', { limit: SHOWN })), [receipt, refusal]);

  const enter = async (who: string): Promise<void> => {
    setBusy(true);
    try {
      setReceipt(await postJson<EntryReceipt>(agentUrl('v1/entries'), bodyOf(draft, who, timeZone)));
      setRefusal(null);
      // Said again after a failure it is the same entry; the next one is another.
      setDraft({ ...begun(draft.type), meter: draft.meter });
    } catch (error) {
      setReceipt(null);
      setRefusal((error as Error).message);
      // What was refused has used its key; what may have arrived keeps it, and counts once.
      if (error instanceof ApiError && error.status < 500) setDraft(renewed);
    } finally {
      setBusy(false);
    }
  };

  return (
    <section class="sheet entries" aria-labelledby="entries-title">
      <div class="sheet-head">
        <h2 id="entries-title">{t('nav.entries')}</h2>
        <Who operator={operator} />
      </div>
      <EntryForm
        draft={draft}
        plant={plant}
        isBusy={isBusy}
        change={setDraft}
        begin={(type) => setDraft(begun(type))}
        enter={() => operator.act((who) => void enter(who))}
      />
      {refusal && (
        <p class="refusal" role="alert">
          {t('alarms.refused', { reason: refusal })}
        </p>
      )}
      {receipt && <Receipt receipt={receipt} plant={plant} now={now} />}
      <EntryList
        entries={entered.data?.entries ?? []}
        plant={plant}
        now={now}
        correct={(meter, piece) => setDraft({ ...begun('correction'), meter, piece })}
      />
    </section>
  );
}
