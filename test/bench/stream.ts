import { loadavg } from 'node:os';
import { fanout, type Shape } from './streamFanout.ts';
import { latency } from './streamLatency.ts';
import { footprint } from './streamMemory.ts';
import { besides, type Waits } from './streamNeighbours.ts';
import { catchUp, storing } from './streamStore.ts';

/**
 * What the stream costs. Fan-out: records of 1 KB, committed 16 at a time, to readers that acknowledge each quarter of
 * the window, against bare ws that broadcasts the same frames from memory to readers that say nothing; processor time
 * of the sending process alone, the log's own read and the acks with it. Store: real time against bare sqlite3 that
 * inserts the same rows into the same table, checksums and all else of ours counted against us. A ratio is what the bare
 * library costs, over what we cost: 1 is as cheap. What else the machine does falls on both, for they take turns at every commit; absolute figures are of this machine as it is now.
 */

const SHAPES: readonly Shape[] = [
  { readers: 1, commit: 16, commits: 128, blocks: 7 },
  { readers: 10, commit: 16, commits: 64, blocks: 7 },
  { readers: 100, commit: 16, commits: 32, blocks: 7 },
  { readers: 1_000, commit: 16, commits: 16, blocks: 7 },
];
const WARM_UP: Shape = { readers: 100, commit: 1, commits: 400, blocks: 1 };
const CATCH_UP = 1_000_000;
const CHANGES = 200;
const READERS = 1_000;

const say = (line: string): boolean => process.stdout.write(`${line}\n`);
const quantiles = ({ p50, p99 }: Waits): string => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms`;
const whole = (value: number): string => Math.round(value).toLocaleString('en');

await fanout(WARM_UP);
const ratios: number[] = [];
for (const shape of SHAPES) {
  const { ours, bare } = await fanout(shape);
  ratios.push(bare.cpu / ours.cpu);
  say(
    `${shape.readers} readers`.padEnd(15) +
      `${ours.cpu.toFixed(2)} µs a delivery, ws ${bare.cpu.toFixed(2)}: ${(bare.cpu / ours.cpu).toFixed(2)}`.padEnd(
        46,
      ) +
      `${whole(ours.recordsPerSecond)} records/s, ws ${whole(bare.recordsPerSecond)}`,
  );
}

const loads = [
  { records: 1, commits: 100, blocks: 5 },
  { records: 1_000, commits: 10, blocks: 5 },
];
let storeRatio = 0;
for (const load of loads) {
  const { ours, bare } = await storing(load);
  storeRatio = ours.recordsPerSecond / bare.recordsPerSecond;
  say(
    `store, ${load.records} a commit: ${whole(ours.commitsPerSecond)} commits/s, ${whole(ours.recordsPerSecond)} records/s; ` +
      `bare sqlite3 ${whole(bare.recordsPerSecond)}: ${storeRatio.toFixed(2)}; by processor time ` +
      `${ours.cpu.toFixed(1)} µs a record, bare ${bare.cpu.toFixed(1)}: ${(bare.cpu / ours.cpu).toFixed(2)}`,
  );
}

const caughtUp = await catchUp(CATCH_UP);
say(`catch-up of ${whole(CATCH_UP)} records of 1 KB: ${whole(caughtUp)} records/s`);
const { p50, p99 } = await latency(CHANGES);
say(`from a change in the PLC to its record, beyond the poll: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
const beside = await besides();
say(
  `from commit to frame: alone ${quantiles(beside.alone)}, beside 100 readers that stop reading or never acknowledge ` +
    `${quantiles(beside.crowded)}; they hold ${whole(beside.bufferedBytes / 1024)} KiB of our buffers`,
);
const { reading, standing } = await footprint(READERS);
say(
  `memory of a reader: ${whole(reading / 1024)} KiB each of ${READERS} that read, ` +
    `${whole(standing / 1024)} KiB of one that stands still with a full window`,
);
say(`fanoutRatio is at 1000 readers, storeRatio at 1000 records a commit; load ${loadavg()[0]!.toFixed(1)}`);
say(
  JSON.stringify({
    fanoutRatio: Number(ratios.at(-1)!.toFixed(2)),
    storeRatio: Number(storeRatio.toFixed(2)),
    latencyP99Ms: Number(p99.toFixed(1)),
    catchUpRecordsPerSecond: Math.round(caughtUp),
  }),
);
