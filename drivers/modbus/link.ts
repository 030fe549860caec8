import { connect as connectSocket } from 'node:net';
import type ModbusSerial from 'modbus-serial';
import type { Ms } from '../../rules/sample.ts';
import type { Line } from '../session.ts';
import type { Options } from './options.ts';
import type { Block } from './plan.ts';
import { Port } from './port.ts';

/** What a device makes of a request sent at that plant time: the bytes of the values asked for, or the code of an exception. */
export type Answer = { readonly sentAt: Ms } & ({ readonly bytes: Buffer } | { readonly exception: number });

/** One connection. Requests queue and one is in flight; rejects only when the line is lost. */
export type Link = (block: Block) => Promise<Answer>;

/** Connects, or rejects with ConnectionLost. The socket lives as long as the line: a late answer finds nobody. */
export async function connect({ host, port }: Options, line: Line, now: () => Ms): Promise<Link> {
  const { default: modbusSerial } = await import('modbus-serial');
  line.lost.throwIfAborted();
  const socket = connectSocket({ host, port, noDelay: true });
  line.lost.addEventListener('abort', () => socket.destroy(), { once: true });
  const client = new modbusSerial.default(new Port(socket, line.lose));
  client.open();
  await line.inTime(new Promise<void>((resolve) => socket.once('connect', resolve)));

  const request = async ({ unitId, function: table, start, count }: Block): Promise<Answer> => {
    line.lost.throwIfAborted();
    client.setID(unitId);
    const sentAt = now();
    try {
      return { sentAt, bytes: (await line.inTime(READ[table](client, start, count))).buffer };
    } catch (cause) {
      if (isException(cause)) return { sentAt, exception: cause.modbusCode };
      line.lose(String(cause));
      throw line.lost.reason;
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return (block) => {
    const turn = last.then(() => request(block));
    last = turn.catch(() => {});
    return turn;
  };
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
