import type ModbusSerial from 'modbus-serial';
import type { Ms } from '../../rules/sample.ts';
import type { Clock, Point } from '../driver.ts';
import type { Line } from '../session.ts';
import { type Address, isBitTable, MAX_BITS, MAX_REGISTERS } from './address.ts';
import { exceptionReason, isGateway } from './exceptions.ts';
import { framings } from './frame.ts';
import { inFlightOf } from './limits.ts';
import { framingOf, type Options } from './options.ts';
import type { Block } from './plan.ts';
import { Port } from './port.ts';
import { Silence } from './silence.ts';
import { openStream } from './stream.ts';
import { Turns } from './turns.ts';

/** What came of a request sent at that plant time (none: not sent): the values' bytes, an exception's code, or why there is no answer. */
export type Answer = { readonly sentAt?: Ms } & (
  | { readonly bytes: Buffer }
  | { readonly exception: number }
  | { readonly failed: string }
);

/** One connection, for all of an endpoint's units. */
export interface Link {
  /** Requests queue; rejects only when the line is lost. */
  ask(block: Block): Promise<Answer>;
  /** Lets go of the connection. */
  close(): Promise<void>;
}

const LATE = new Error('late');

/** Connects, or rejects with ConnectionLost. It is to be closed; a late answer then finds nobody. */
export async function connect(
  options: Options,
  points: readonly Point<Address>[],
  line: Line,
  clock: Clock,
): Promise<Link> {
  const { default: modbusSerial } = await import('modbus-serial');
  line.lost.throwIfAborted();
  const most = inFlightOf(points, options);
  const { duplex, close } = await openStream(options, line, clock);
  const port = new Port(duplex, framings[framingOf(options)], most, line.lose);
  const client = new modbusSerial.default(port);
  client.open();
  const silence = new Silence(points.map(({ address }) => address.unitId));
  const pause = pauseOf(options);
  const rest = (): Promise<void> => clock.delay(pause, line.lost).catch(() => {});
  const turns = new Turns(most, pause > 0 ? rest : null);
  const rejects = new Set<(reason: unknown) => void>();
  line.lost.addEventListener('abort', () => rejects.forEach((reject) => void reject(line.lost.reason)), { once: true });

  const answerTo = async ({ unitId, function: table, start, count }: Block, timeout: number): Promise<Answer> => {
    const sentAt = clock.now();
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    rejects.add(reject);
    client.setID(unitId);
    READ[table](client, start, count).then(
      ({ buffer }) => resolve({ sentAt, bytes: buffer }),
      (cause: unknown) => (isException(cause) ? resolve({ sentAt, exception: cause.modbusCode }) : reject(cause)),
    );
    const { transaction } = port;
    try {
      return await clock.deadline(promise, timeout, () => LATE);
    } catch (cause) {
      if (cause === LATE) return { sentAt, failed: port.giveUp(transaction) ?? `no answer within ${timeout} ms` };
      line.lose(String(cause));
      throw line.lost.reason;
    } finally {
      rejects.delete(reject);
    }
  };

  const ask = async (block: Block): Promise<Answer> => {
    line.lost.throwIfAborted();
    const { unitId } = block;
    const began = clock.monotonic();
    const rests = silence.restOf(unitId, began);
    if (rests !== null) return { failed: rests };
    const answer = await answerTo(block, options.units[unitId]?.timeout ?? options.timeout);
    const now = clock.monotonic();
    if ('failed' in answer) {
      const reason = `unit ${unitId}: ${answer.failed}`;
      if (silence.silent(unitId, reason, now, now - began)) line.lose(answer.failed);
      line.lost.throwIfAborted();
      return { ...answer, failed: reason };
    }
    if ('exception' in answer && isGateway(answer.exception)) {
      silence.unreached(unitId, exceptionReason(answer.exception), now, now - began);
    } else silence.answered(unitId);
    return answer;
  };

  return {
    ask: async (block) => {
      checkCount(block);
      return turns.take(() => ask(block));
    },
    close,
  };
}

/** Milliseconds between an answer and the next request. RTU tells frames apart by 3.5 characters of silence. */
function pauseOf(options: Options): number {
  const { serial, pause } = options;
  if (!serial || framingOf(options) !== 'rtu') return pause;
  const bitsOfCharacter = 1 + serial.dataBits + (serial.parity === 'none' ? 0 : 1) + serial.stopBits;
  // Modbus over Serial Line V1.02, 2.5.1.1: above 19200 baud it is 1.75 ms.
  const silence = serial.baudRate > 19_200 ? 1.75 : (3.5 * bitsOfCharacter * 1000) / serial.baudRate;
  return Math.max(pause, serial.frameDelay ?? Math.ceil(silence));
}

/** Modbus Application Protocol V1.1b3, 6.1 to 6.4; throws RangeError, since the planner never asks for more. */
function checkCount({ count, ...block }: Block): void {
  const most = isBitTable(block) ? MAX_BITS : MAX_REGISTERS;
  if (count < 1 || count > most) throw new RangeError(`a request for ${count}: 1 to ${most} can be read at once`);
}

type Client = InstanceType<typeof ModbusSerial.default>;
type Read = (client: Client, start: number, count: number) => Promise<{ buffer: Buffer }>;
const READ: Record<Block['function'], Read> = {
  coil: (client, start, count) => client.readCoils(start, count),
  discreteInput: (client, start, count) => client.readDiscreteInputs(start, count),
  holdingRegister: (client, start, count) => client.readHoldingRegisters(start, count),
  inputRegister: (client, start, count) => client.readInputRegisters(start, count),
};

const isException = (cause: unknown): cause is { modbusCode: number } =>
  cause instanceof Error && 'modbusCode' in cause && typeof cause.modbusCode === 'number';
