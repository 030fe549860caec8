const MINUTE = 60_000;

/** What the plant's clocks show at an instant, as `<input type="datetime-local">` has it. */
export function wallTime(ms: number, timeZone: string): string {
  return new Date(ms + offsetAt(ms, timeZone)).toISOString().slice(0, 19);
}

/** The instant at which the plant's clocks show this; of an hour that is shown twice, the first one. */
export function instantOf(wall: string, timeZone: string): number {
  const local = Date.parse(`${wall}Z`);
  const guesses = [local - offsetAt(local - 86_400_000, timeZone), local - offsetAt(local + 86_400_000, timeZone)];
  const shown = guesses.filter((guess) => guess + offsetAt(guess, timeZone) === local);
  return Math.min(...(shown.length > 0 ? shown : guesses));
}

/** ISO 8601 with the plant's offset. */
export function isoOf(ms: number, timeZone: string): string {
  const offset = offsetAt(ms, timeZone) / MINUTE;
  const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${wallTime(ms, timeZone)}${offset < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`;
}

/** Milliseconds by which the plant's clocks are ahead of UTC. */
function offsetAt(ms: number, timeZone: string): number {
  const whole = Math.floor(ms / 1_000) * 1_000;
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    hourCycle: 'h23',
  }).formatToParts(whole);
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((one) => one.type === type)!.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - whole;
}
