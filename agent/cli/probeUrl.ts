import { complaintsOf, inWords } from '../../config/faults.ts';
import { type Options, options } from '../../drivers/modbus/options.ts';
import { UsageError } from './usage.ts';

/** Where `probe` reads, as the plant's file would have it. */
export interface Probed {
  readonly options: Options;
  /** The endpoint's options as a person would write them. */
  readonly written: Readonly<Record<string, unknown>>;
  readonly unitId: number;
}

const FRAMINGS: Readonly<Record<string, string>> = { 'modbus:': 'tcp', 'modbus+rtu:': 'rtu', 'modbus+ascii:': 'ascii' };
const SERIAL = ['baudRate', 'parity', 'dataBits', 'stopBits', 'frameDelay'];
const FORMS = 'modbus://HOST:502/UNIT, modbus+rtu://HOST:PORT/UNIT or modbus+rtu:///dev/ttyUSB0?unit=1&baudRate=9600';

/** Reads an address such as modbus://host:502/1; throws UsageError with what is right. */
export function readProbeUrl(text: string): Probed {
  const url = URL.canParse(text) ? new URL(text) : null;
  const framing = url && FRAMINGS[url.protocol];
  if (!url || !framing) throw new UsageError(`no address of a Modbus device: ${text}; write ${FORMS}`);
  const query = [...url.searchParams].map(
    ([key, value]) => [key, /^\d+$/.test(value) ? Number(value) : value] as const,
  );
  const rest = query.filter(([key]) => key !== 'unit');
  const written = { ...(url.host === '' ? serialOf(url, rest) : hostOf(url, rest)), ...framingIn(url, framing) };
  const { data, error } = options.safeParse(written, { error: inWords });
  if (error)
    throw new UsageError(
      complaintsOf(error)
        .map(({ path, message }) => `${path.join('.')}: ${message}`)
        .join('\n'),
    );
  return { options: data, written, unitId: unitOf(url) };
}

type Query = readonly (readonly [string, string | number])[];

const framingIn = (url: URL, framing: string): Record<string, string> =>
  framing === (url.host === '' ? 'rtu' : 'tcp') ? {} : { framing };

const hostOf = (url: URL, query: Query): Record<string, unknown> => ({
  host: url.hostname.replace(/^\[|\]$/g, ''),
  ...(url.port && { port: Number(url.port) }),
  ...Object.fromEntries(query),
});

const serialOf = (url: URL, query: Query): Record<string, unknown> => ({
  serial: {
    path: decodeURIComponent(url.pathname),
    ...Object.fromEntries(query.filter(([key]) => SERIAL.includes(key))),
  },
  ...Object.fromEntries(query.filter(([key]) => !SERIAL.includes(key))),
});

function unitOf(url: URL): number {
  const text = url.searchParams.get('unit') ?? (url.host === '' ? '' : url.pathname.slice(1));
  if (text === '') return 1;
  if (!/^\d{1,3}$/.test(text) || Number(text) > 247) throw new UsageError(`no unit id (0 to 247): ${text}`);
  return Number(text);
}
