import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Note } from './auditDesk.ts';

/**
 * What commands did to an agent's folder (tokens, certificates, backups) and is to stand in its audit trail: the agent
 * alone writes that, so the commands leave it notes, which it takes up while it runs, or at its next start.
 */

const Left = z.strictObject({
  when: z.iso.datetime(),
  who: z.string().max(200),
  action: z.string().max(100),
  detail: z.record(z.string(), z.unknown()),
});

/** Notes taken up at a time, in the order in which they were left. */
const MOST = 100;

const inboxIn = (dataFolder: string): string => join(dataFolder, 'audit-inbox');

/** Leaves a note about what was done at `when` (epoch milliseconds) by whoever runs this process. */
export async function leaveNote(dataFolder: string, when: number, action: string, detail: object): Promise<void> {
  const inbox = inboxIn(dataFolder);
  await mkdir(inbox, { recursive: true, mode: 0o700 });
  const file = join(inbox, `${String(when).padStart(15, '0')}-${randomBytes(8).toString('hex')}`);
  const note = Left.parse({ when: new Date(when).toISOString(), who: userName(), action, detail });
  await writeFile(file, JSON.stringify(note), { flag: 'wx', mode: 0o600 });
  // Left by root, the agent must be able to take it.
  const { uid, gid } = await stat(dataFolder);
  if (process.getuid?.() === 0) for (const path of [inbox, file]) await chown(path, uid, gid);
  await rename(file, `${file}.json`);
}

/** Whoever called `sudo`, else whose process this is; in a container the user may have no name. */
function userName(): string {
  const uid = `uid ${process.getuid?.() ?? 'unknown'}`;
  try {
    const { username } = userInfo();
    return process.env.SUDO_USER ? `${process.env.SUDO_USER} (as ${username})` : username;
  } catch {
    return uid;
  }
}

export interface TakenNote {
  readonly note: Note;
  /** Takes it out of the inbox. */
  done(): Promise<void>;
}

/** The notes that were left; what is none is a note too. */
export async function takeNotes(dataFolder: string): Promise<TakenNote[]> {
  const inbox = inboxIn(dataFolder);
  const names = (await readdir(inbox).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.slice(0, MOST).map(async (name) => {
      const file = join(inbox, name);
      const text = await readFile(file, 'utf8').catch(() => '');
      return { note: noteOf(name, text), done: () => rm(file, { force: true }) };
    }),
  );
}

function noteOf(name: string, text: string): Note {
  const { data } = Left.safeParse(parsed(text));
  if (!data) return { who: null, from: null, action: 'note-unreadable', detail: { name: name.slice(0, 100) } };
  return { who: data.who, from: 'command line', action: data.action, detail: { ...data.detail, when: data.when } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
