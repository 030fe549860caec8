import type ModbusSerial from 'modbus-serial';
import type { Ms } from '../../rules/sample.ts';
import type { Clock, Host, Point } from '../driver.ts';
import type { Line } from '../session.ts';
import { type Address, isBitTable, MAX_BITS, MAX_REGISTERS } from './address.ts';
import { exceptionReason, isGateway } from './exceptions.ts';
import { framings } from './frame.ts';
import { inFlightOf, MOST_IN_FLIGHT, pauseOf } from './limits.ts';
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
  /** Requests that may be under way at once. */
  atOnce(): number;
  /** Goes on for other points: their units, and as many requests at once as their devices allow. */
  serve(points: readonly Point<Address>[]): void;
  /** Lets go of the connection. */
  close(): Promise<void>;
}

/** Connects, or rejects with ConnectionLost. It is to be closed; a late answer then finds nobody. */
export async function connect(
  options: Options,
  points: readonly Point<Address>[],
  line: Line,
  { clock, counted }: Pick<Host, 'clock' | 'counted'>,
): Promise<Link> {
  const { default: modbusSerial } = await import('modbus-serial');
  line.lost.throwIfAborted();
  let most = inFlightOf(points, options);
  const { duplex, close } = await openStream(options, line, clock);
  const port = new Port({
    stream: duplex,
    framing: framings[framingOf(options)],
    slots: MOST_IN_FLIGHT,
    lost: line.lose,
    counted,
  });
  const client = new modbusSerial.default(port);
  client.open();
  const silence = new Silence(points.map(({ address }) => address.unitId));
  const turns = new Turns(most);
  const asker = new Asker({ options, line, clock, port, client, silence, turns });
  return {
    ask: (block) => asker.ask(block),
    atOnce: () => most,
    serve(others) {
      most = inFlightOf(others, options);
      turns.allow(most);
      silence.serve(others.map(({ address }) => address.unitId));
    },
    close,
  };
}

interface Means {
  readonly options: Options;
  readonly line: Line;
  readonly clock: Clock;
  readonly port: Port;
  readonly client: InstanceType<typeof ModbusSerial.default>;
  readonly silence: Silence;
  readonly turns: Turns;
}

/** Asks in turn. By callbacks: the next request is on its way before anything is made of the answer before. */
class Asker {
  readonly #using: Means;
  readonly #pause: number;
  /** What fails those who wait when the line is lost. */
  readonly #waiting = new Set<() => void>();

  constructor(using: Means) {
    this.#using = using;
    this.#pause = pauseOf(using.options);
    const { lost } = using.line;
    lost.addEventListener('abort', () => this.#waiting.forEach((fail) => void fail()), { once: true });
  }

  ask(block: Block): Promise<Answer> {
    const { line, turns } = this.#using;
    return new Promise((resolve, reject) => {
      checkCount(block);
      line.lost.throwIfAborted();
      let stop = (): void => {};
      const fail = (): void => {
        stop();
        reject(line.lost.reason);
      };
      this.#waiting.add(fail);
      turns.take(() => {
        stop = this.#begin(block, (answer) => {
          this.#waiting.delete(fail);
          resolve(answer);
        });
      });
    });
  }

  /** Asks, unless the unit is left alone; returns what stops waiting for the answer. */
  #begin(block: Block, take: (answer: Answer) => void): () => void {
    const { clock, silence, turns } = this.#using;
    const began = clock.monotonic();
    const rests = silence.restOf(block.unitId, began);
    if (rests === null) {
      return this.#send(block, (answer) => {
        const learned = this.#learn(block.unitId, answer, began);
        if (!learned) return;
        this.#giveOn();
        take(learned);
      });
    }
    turns.giveOn();
    take({ failed: rests });
    return () => {};
  }

  #send({ unitId, function: table, start, count }: Block, take: (answer: Answer) => void): () => void {
    const { options, clock, port, client, line } = this.#using;
    const sentAt = clock.now();
    const timeout = options.units[unitId]?.timeout ?? options.timeout;
    const stop = clock.after(timeout, () =>
      take({ sentAt, failed: port.giveUp(transaction) ?? `no answer within ${timeout} ms` }),
    );
    client[READ[table]](unitId, start, count, (cause: Error | null, data: { buffer: Buffer }) => {
      stop();
      if (!cause) take({ sentAt, bytes: data.buffer });
      else if (isException(cause)) take({ sentAt, exception: cause.modbusCode });
      else line.lose(String(cause));
    });
    const { transaction } = port;
    return stop;
  }

  /** Keeps what an answer, or none, says of its unit; null when it ends the connection. */
  #learn(unitId: number, answer: Answer, began: number): Answer | null {
    const { clock, silence, line } = this.#using;
    if ('failed' in answer) {
      const failed = `unit ${unitId}: ${answer.failed}`;
      const now = clock.monotonic();
      if (!silence.silent(unitId, failed, now, now - began)) return { ...answer, failed };
      line.lose(answer.failed);
      return null;
    }
    if ('exception' in answer && isGateway(answer.exception)) {
      const now = clock.monotonic();
      silence.unreached(unitId, exceptionReason(answer.exception), now, now - began);
    } else silence.answered(unitId);
    return answer;
  }

  /** Lets the next one ask, after the silence that the device needs. */
  #giveOn(): void {
    const { clock, turns, line } = this.#using;
    const give = (): void => turns.giveOn();
    if (this.#pause === 0) give();
    else clock.delay(this.#pause, line.lost).then(give, () => {});
  }
}

/** Modbus Application Protocol V1.1b3, 6.1 to 6.4; throws RangeError, since the planner never asks for more. */
function checkCount(block: Block): void {
  const most = isBitTable(block) ? MAX_BITS : MAX_REGISTERS;
  const { count } = block;
  if (count < 1 || count > most) throw new RangeError(`a request for ${count}: 1 to ${most} can be read at once`);
}

/** The library calls sending a request writing. */
const READ = {
  coil: 'writeFC1',
  discreteInput: 'writeFC2',
  holdingRegister: 'writeFC3',
  inputRegister: 'writeFC4',
} as const satisfies Record<Block['function'], string>;

const isException = (cause: unknown): cause is { modbusCode: number } =>
  cause instanceof Error && 'modbusCode' in cause && typeof cause.modbusCode === 'number';
