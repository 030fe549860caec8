import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { leaveNote } from '../auditInbox.ts';
import { wallNow } from '../clock.ts';
import { backUp, putBack } from '../store/backup.ts';
import { DamagedError, LockedError, NewerSchemaError } from '../store/errors.ts';
import { sqliteCode } from '../store/sqlite.ts';
import { faultInWords } from '../store/words.ts';
import type { OptionsOf } from './options.ts';
import { EXIT, Refused } from './usage.ts';

const MOST_NAMED = 10;
const logOf = (data: string): string => join(data, 'pertonne.db');

/** `pertonne backup`: a copy of an agent's log, running or not. Ill where something in it is not as it was written. */
export async function backup({ file, data }: OptionsOf<'backup'>): Promise<number> {
  if (existsSync(file)) throw new Refused(`${file} is there already; a backup replaces nothing`);
  if (!existsSync(logOf(data))) throw new Refused(`there is no log in ${data}; name the agent's folder with --data`);
  const damage = new Damage();
  const made = backUp(logOf(data), file, damage.add).catch(refused(`${file}: no backup was made`));
  const { epoch, first, last } = await made;
  process.stdout.write(`${file}: records ${first} to ${last} of log ${epoch}, ${damage.inWords}\n`);
  return damage.count > 0 ? EXIT.ill : EXIT.done;
}

/** `pertonne restore`: a backup in the place of a stopped agent's log, whatever is left of it. */
export async function restore({ file, data }: OptionsOf<'restore'>): Promise<number> {
  if (!existsSync(file)) throw new Refused(`there is no ${file}`);
  await mkdir(data, { recursive: true });
  const damage = new Damage();
  const keptIn = await putBack(file, logOf(data), wallNow(), damage.add).catch(refused('nothing was changed'));
  const kept = keptIn === null ? '' : `; the log that was there is kept in ${keptIn}`;
  await leaveNote(data, wallNow(), 'restored', { from: file });
  process.stdout.write(`${data}: restored from ${file}, ${damage.inWords}${kept}\n`);
  return EXIT.done;
}

/** What in a log is not as it was written. */
class Damage {
  count = 0;
  readonly #named: string[] = [];

  readonly add = (what: string): void => {
    if (this.count++ < MOST_NAMED) this.#named.push(what);
  };

  get inWords(): string {
    if (this.count === 0) return 'verified';
    const more = this.count > MOST_NAMED ? ` and ${this.count - MOST_NAMED} more` : '';
    return `not as written, and left out by the agent: ${this.#named.join(', ')}${more}`;
  }
}

/** What the machine or the file refuses becomes a sentence. */
const refused =
  (outcome: string) =>
  (cause: unknown): never => {
    const isKnown = [DamagedError, LockedError, NewerSchemaError].some((kind) => cause instanceof kind);
    if (!isKnown && sqliteCode(cause) === undefined) throw cause;
    throw new Refused(`${outcome}: ${faultInWords(cause)}`, { cause });
  };
