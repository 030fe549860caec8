import { Counter, Gauge, type Registry } from 'prom-client';

/** What the stream tells about itself at /metrics. */
export interface StreamCounts {
  readonly refused: Counter<'status'>;
  readonly closed: Counter<'code'>;
  readonly faults: Counter<'code'>;
  readonly sent: Tally;
  readonly gaps: Counter<'reason'>;
  readonly held: Counter;
}

/** What is counted too often for a counter's labels. */
export interface Tally {
  count: number;
}

/** What is read when it is asked for. */
export interface StreamGauges {
  readers(): number;
  bufferedBytes(): number;
  /** Committed records that the furthest behind has not been sent. */
  lag(): number;
}

/** Close codes that are told apart; a peer may send any, and each would be a series of its own. */
const CODES = [1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1013, 4001, 4008, 4009];
export const codeLabel = (code: number): string => (CODES.includes(code) ? String(code) : 'other');

export function streamCounts(registry: Registry, gauges: StreamGauges): StreamCounts {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `pertonne_stream_${name}_total`, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number): void => {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    new Gauge({ name: `pertonne_stream_${name}`, help, registers, collect });
  };
  gauge('readers', 'Connections of the stream', gauges.readers);
  gauge('buffered_bytes', 'Bytes that wait for readers in our own buffers', gauges.bufferedBytes);
  gauge('lag_records', 'Committed records not yet sent to the reader that is furthest behind', gauges.lag);
  const sent: Tally = { count: 0 };
  let told = 0;
  new Counter({
    name: 'pertonne_stream_records_sent_total',
    help: 'Records sent, each counted once for each subscription',
    registers,
    collect() {
      this.inc(sent.count - told);
      told = sent.count;
    },
  });
  return {
    refused: counter('refused', 'Readers refused before the upgrade, by HTTP status', 'status'),
    closed: counter('closed', 'Connections closed, by close code', 'code'),
    faults: counter('faults', "Readers' frames refused, by error code", 'code'),
    sent,
    gaps: counter('gap_records', 'Records that a reader was told are gone, by reason', 'reason'),
    held: counter('live_held', 'Live frames left out because the reader had not taken those before'),
  };
}
