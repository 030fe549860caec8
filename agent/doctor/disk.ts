import { readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenFileIn } from '../access/tokenFile.ts';
import { type Finding, fault, messageOf, ok, warn } from './finding.ts';

const GIB = 2 ** 30;
/** Bytes that are left below which the log may soon take nothing; below which it is to be looked at. */
const TOO_LITTLE = 0.1 * GIB;
const LITTLE = GIB;

/** By the numbers that statfs(2) gives: where a log is not safe. */
const UNFIT: Readonly<Record<number, readonly ['warn' | 'fault', string]>> = {
  26985: ['fault', 'NFS'],
  4283649346: ['fault', 'CIFS'],
  4266872130: ['fault', 'SMB'],
  16914839: ['fault', '9P'],
  16914836: ['warn', 'tmpfs, which is gone with the machine'],
  2035054128: ['warn', "a container's own layer, which is gone with the container"],
};

/** The folder of the log: is it there, can it be written, is it on a disk fit for it, with room. */
export async function diskFindings(folder: string): Promise<Finding[]> {
  const about = 'data folder';
  const there = await stat(folder).catch(() => null);
  if (!there?.isDirectory())
    return [
      warn(about, `there is no folder ${folder}`, 'an agent makes it at its start; or name the right one with --data'),
    ];
  return [await writable(about, folder), await kindOf(about, folder), await roomOf('disk', folder)];
}

async function writable(about: string, folder: string): Promise<Finding> {
  const file = join(folder, `.doctor-${process.pid}`);
  try {
    await writeFile(file, '', { flag: 'wx' });
    await rm(file);
    return ok(about, `${folder} can be written by this user`);
  } catch (cause) {
    return fault(
      about,
      `${folder} cannot be written by this user: ${messageOf(cause)}`,
      'run this as the user of the agent; if it is, look at the owner of the folder and at how it is mounted',
    );
  }
}

async function kindOf(about: string, folder: string): Promise<Finding> {
  const [state, name] = UNFIT[(await statfs(folder)).type] ?? ['ok', ''];
  if (state === 'ok') return ok(about, 'it is on a disk of this machine');
  if (state === 'warn') return warn(about, `it is on ${name}`, 'put it on a disk, or a volume, that stays');
  return fault(
    about,
    `it is on a network file system (${name})`,
    'put it on a disk of this machine: SQLite is not safe there',
  );
}

async function roomOf(about: string, folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const [free, left] = [bavail * bsize, `${((bavail * bsize) / GIB).toFixed(1)} GiB are left`];
  const todo = 'make room, or bound the log (store in the plant file)';
  if (free < TOO_LITTLE) return fault(about, left, todo);
  return free < LITTLE ? warn(about, left, todo) : ok(about, left);
}

/** What others on this machine must not read: keys, and digests of tokens. */
export async function secretsFindings(folder: string): Promise<Finding[]> {
  const about = 'secrets';
  const keys = join(folder, 'pki/own/private');
  const files = [tokenFileIn(folder), ...(await readdir(keys).catch(() => [])).map((name) => join(keys, name))];
  const modes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mode }) => ({ file, mode }),
        () => null,
      ),
    ),
  );
  const there = modes.filter((one) => one !== null);
  const shut = ((await stat(keys).catch(() => null))?.mode ?? 0) & 0o077;
  const open = there.filter(({ file, mode }) => (mode & 0o077) !== 0 && (shut !== 0 || !file.startsWith(keys)));
  if (open.length === 0) return [ok(about, `keys and tokens: ${there.length} files, which nobody else can read`)];
  return open.map(({ file }) =>
    fault(about, `others can read ${file}`, `chmod 600 ${file}; take what was in it for known`),
  );
}
