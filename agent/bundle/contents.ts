import { open, readFile } from 'node:fs/promises';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { basename } from 'node:path';
import { describeFaults } from '../../config/faults.ts';
import { loadConfig } from '../../config/load.ts';
import { examined, inWords, type Patient, runningAgent } from '../doctor/doctor.ts';
import { messageOf } from '../doctor/finding.ts';
import { version } from '../system.ts';
import { ask } from '../whereabouts.ts';
import { redact, redactYaml } from './redact.ts';
import { storeForm } from './storeForm.ts';

export interface Packed extends Omit<Patient, 'config'> {
  readonly plantFile: string | undefined;
  /** Of the agent's output. */
  readonly logFile: string | undefined;
}

/** Bytes of the log's end that are packed. */
const LOG_END = 1_048_576;

/** The files of a bundle, by name, each without secrets. What cannot be had says why in its place. */
export async function contentsOf(packed: Packed): Promise<Map<string, string>> {
  const { plantFile, logFile, dataFolder } = packed;
  const loaded = plantFile === undefined ? null : await loadConfig(plantFile);
  const config = loaded && 'config' in loaded ? loaded.config : null;
  const files = new Map<string, string>();
  const put = async (name: string, make: () => Promise<string>): Promise<void> => {
    const text = await make().catch((cause: unknown) => `could not be had: ${messageOf(cause)}\n`);
    files.set(name, /\.yaml$/.test(name) ? redactYaml(text) : redact(text));
  };
  await put('about.json', async () => asJson(aboutMachine(packed)));
  const findings = await examined({ ...packed, config });
  await put('doctor.txt', async () => inWords(findings));
  await put('store.json', async () => asJson(await storeForm(dataFolder)));
  if (loaded && 'faults' in loaded) await put('plant-faults.txt', async () => `${describeFaults(loaded.faults)}\n`);
  for (const [index, file] of (loaded?.files ?? []).entries())
    await put(`plant/${index}-${basename(file)}`, () => readFile(file, 'utf8'));
  if (logFile !== undefined) await put('log-end.jsonl', () => endOf(logFile));
  await putAnswers(packed, put);
  return files;
}

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const aboutMachine = ({ clock }: Packed): object => ({
  pertonne: version,
  ...{ node: process.versions.node, platform: platform(), arch: arch(), release: release() },
  ...{ cpus: cpus().length, memoryBytes: totalmem(), uid: process.getuid?.() ?? null },
  at: new Date(clock.wall()).toISOString(),
});

async function endOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - LOG_END);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(size, LOG_END)), 0, undefined, from);
    const text = buffer.subarray(0, bytesRead).toString();
    // The first line may be the rest of one.
    return from > 0 ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    await handle.close();
  }
}

const ASKED = { 'readyz.json': '/readyz', 'system.json': '/v1/system', 'metrics.txt': '/metrics' };

async function putAnswers(
  { dataFolder, token }: Packed,
  put: (name: string, make: () => Promise<string>) => Promise<void>,
) {
  const agent = await runningAgent(dataFolder);
  if (!agent) return;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  for (const [name, path] of Object.entries(ASKED))
    await put(name, async () => {
      const { status, body } = await ask(agent, path, headers);
      return status === 401 || status === 403 ? `needs a token (--token-file): ${status}\n` : body;
    });
}
