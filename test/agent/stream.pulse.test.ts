import { expect, test } from 'vitest';
import { type Beat, Pulse } from '../../agent/stream/pulse.ts';

const QUIET: Omit<Beat, 'taken'> = { buffered: false, stuck: false, pressed: false };
/** What each beat finds, with what the reader did before it; before the first its greeting has left. */
function beats(pulse: Pulse, ...given: (Partial<typeof QUIET> & { heard?: true; flushed?: true })[]): string[] {
  let taken = 1;
  return given.map(({ heard, flushed, ...beat }) => {
    if (heard) pulse.heard();
    if (flushed) taken++;
    return pulse.beat({ ...QUIET, ...beat, taken });
  });
}

test('who says nothing for two beats is silent; one word is enough', () => {
  expect(beats(new Pulse(15_000, 60_000), {}, {}, { heard: true }, {}, {})).toEqual([
    ...['alive', 'alive', 'alive', 'alive', 'silent'],
  ]);
});

test('who takes nothing of what waits for it is slow after a minute, and not silent before', () => {
  const waiting = { buffered: true };
  const pulse = new Pulse(15_000, 60_000);
  expect(beats(pulse, waiting, waiting, waiting, waiting, waiting)).toEqual([
    ...['alive', 'alive', 'alive', 'alive', 'slow'],
  ]);
  expect(beats(new Pulse(15_000, 60_000), waiting, waiting, { ...waiting, flushed: true }, waiting)).not.toContain(
    'slow',
  );
});

test('who never acknowledges a full window is slow after a minute, though it reads', () => {
  const stuck = { stuck: true, heard: true, flushed: true } as const;
  expect(beats(new Pulse(15_000, 60_000), stuck, stuck, stuck, stuck)).toEqual(['alive', 'alive', 'alive', 'slow']);
});

test('where there is no room for others, who takes nothing is slow at once', () => {
  const pressed = { buffered: true, pressed: true };
  expect(beats(new Pulse(15_000, 60_000), { buffered: true, flushed: true }, pressed)).toEqual(['alive', 'slow']);
  expect(beats(new Pulse(15_000, 60_000), { ...pressed, flushed: true })).toEqual(['alive']);
});
