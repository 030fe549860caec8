import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readYaml } from '../../config/document.ts';
import { type Complaint, complaintsOf, type Fault, inWords } from '../../config/faults.ts';
import { AlarmAction } from '../../rules/alarm.ts';
import { Entry } from '../../rules/entry.ts';
import type { Ms } from '../../rules/sample.ts';
import { readInstant } from './instant.ts';
import type { Hand, Line } from './lines.ts';

/** What operators do: entries by hand, and actions on alarms; `enteredAt` says when. */

const Times = z.looseObject({
  enteredAt: z.union([z.string(), z.number().transform(String)]),
  until: z.union([z.string(), z.number().transform(String)]).optional(),
});

/** Understands one of them, or says what is wrong with it. */
export function readHand(value: unknown, timeZone: string): { at: Ms; hand: Hand } | { complaints: Complaint[] } {
  const times = Times.safeParse(value, { error: inWords });
  if (times.error) return { complaints: complaintsOf(times.error) };
  const { enteredAt, until, ...rest } = times.data;
  const at = readInstant(enteredAt, timeZone);
  if ('fault' in at) return { complaints: [{ path: ['enteredAt'], message: at.fault }] };
  const end = until === undefined ? null : readInstant(until, timeZone, at.at);
  if (end && 'fault' in end) return { complaints: [{ path: ['until'], message: end.fault }] };
  const isAction = 'action' in rest;
  const { data, error } = (isAction ? AlarmAction : Entry).safeParse(
    { ...rest, ...(end && { until: end.at }) },
    { error: inWords },
  );
  if (error) return { complaints: complaintsOf(error) };
  return { at: at.at, hand: 'action' in data ? { action: data } : { entry: data } };
}

/** The operators of a story: a list in a file, in the order of time; none where there is no such file. */
export async function readOperators(
  file: string,
  timeZone: string,
): Promise<{ readonly lines: readonly Line[] } | { readonly faults: readonly Fault[] }> {
  if (!existsSync(file)) return { lines: [] };
  const yaml = await readYaml(file);
  if (yaml.faults.length > 0) return { faults: yaml.faults };
  if (!Array.isArray(yaml.value)) return { faults: [yaml.faultOf({ path: [], message: 'is no list' })] };
  const faults: Fault[] = [];
  const lines = yaml.value.flatMap((value: unknown, index): Line[] => {
    const read = readHand(value, timeZone);
    if ('at' in read) return [{ line: 0, at: read.at, samples: [], ...read.hand }];
    faults.push(...read.complaints.map((one) => yaml.faultOf({ ...one, path: [index, ...one.path] })));
    return [];
  });
  return faults.length > 0 ? { faults } : { lines };
}
