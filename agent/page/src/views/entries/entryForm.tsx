import { useSpeech } from '../../context.ts';
import type { PlantDescription } from '../../contract.ts';
import { type Draft, ENTRY_TYPES, type EntryType, FIELDS, type Field, isTime, takers } from '../../state/entry.ts';

interface Props {
  draft: Draft;
  plant: PlantDescription;
  /** An entry is under way. */
  isBusy: boolean;
  change: (draft: Draft) => void;
  begin: (type: EntryType) => void;
  enter: () => void;
}

/** What sort of entry, of which meter, and what it asks for. */
export function EntryForm({ draft, plant, isBusy, change, begin, enter }: Props) {
  const { t, language } = useSpeech();
  const sorts = ENTRY_TYPES.filter((type) => takers(plant, type).length > 0);
  const meters = takers(plant, draft.type);
  const unit = meters.find(({ meter }) => meter.id === draft.meter)?.meter.unit ?? '';
  if (sorts.length === 0) return <p class="empty">{t('entries.nothing')}</p>;
  return (
    <form
      class="entry"
      onSubmit={(event) => {
        event.preventDefault();
        enter();
      }}
    >
      <fieldset class="segments" aria-label={t('entries.sort')}>
        {sorts.map((type) => (
          <button key={type} type="button" aria-pressed={type === draft.type} onClick={() => begin(type)}>
            {t(`entries.${type}`)}
          </button>
        ))}
      </fieldset>
      <div class="fields">
        <div class="field">
          <label for="entry-meter">{t('entries.meter')}</label>
          <select
            id="entry-meter"
            required
            value={draft.meter}
            onChange={({ currentTarget }) => change({ ...draft, meter: currentTarget.value })}
          >
            {meters.length > 1 && (
              <option value="" disabled>
                {t('entries.choose')}
              </option>
            )}
            {meters.map(({ line, meter }) => (
              <option key={meter.id} value={meter.id}>
                {line.name[language]} · {meter.name[language]}
              </option>
            ))}
          </select>
        </div>
        {FIELDS[draft.type].map((field) => (
          <FieldInput key={field} field={field} unit={unit} draft={draft} change={change} />
        ))}
        <button type="submit" class="main" disabled={isBusy}>
          {t('entries.enter')}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  field: Field;
  unit: string;
  draft: Draft;
  change: (draft: Draft) => void;
}

function FieldInput({ field, unit, draft, change }: FieldProps) {
  const { t, format } = useSpeech();
  const common = {
    required: true,
    value: draft[field],
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
      change({ ...draft, [field]: currentTarget.value }),
  };
  const id = `entry-${field}`;
  return (
    <div class="field">
      <label for={id}>
        {t(`entries.field.${field}`)}
        {field === 'amount' && unit !== '' && ` (${format.unit(unit)})`}
      </label>
      {isTime(field) ? (
        <input id={id} type="datetime-local" step={1} {...common} />
      ) : field === 'piece' ? (
        <input id={id} type="text" maxLength={100} {...common} />
      ) : (
        // No number input: it would not keep a count beyond 2^53 exact.
        <input id={id} type="text" inputMode="decimal" pattern="\d+(\.\d+)?" {...common} />
      )}
    </div>
  );
}
