import { realClock } from '../clock.ts';
import { examined, inWords } from '../doctor/doctor.ts';
import { configOf } from './check.ts';
import type { OptionsOf } from './options.ts';
import { onSignals } from './signals.ts';
import { tokenFrom } from './tokenFrom.ts';
import { EXIT } from './usage.ts';

/** `pertonne doctor`: what an agent rests on, each with what to do where it is not in order. */
export async function doctor({ config: file, data, json, ...given }: OptionsOf<'doctor'>): Promise<number> {
  const config = file === undefined ? null : await configOf(file);
  const token = await tokenFrom(given['token-file']);
  const findings = await examined({ config, dataFolder: data, token, clock: realClock(), signal: onSignals() });
  process.stdout.write(json ? `${JSON.stringify(findings, null, 2)}\n` : inWords(findings));
  return findings.some(({ state }) => state === 'fault') ? EXIT.ill : EXIT.done;
}
