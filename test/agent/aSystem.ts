import { SystemBody } from '../../agent/http/system.ts';

/** An agent's account of itself, for servers that have no agent behind them. */
export const aSystem: SystemBody = SystemBody.parse({
  ...{ version: '0.1.0', node: '26.0.0', sqlite: '3.53.0', agent: 'test', configuration: 'sha256:0' },
  reload: null,
  startedAt: '2026-11-23T00:00:00+08:00',
  ...{ ready: true, reasons: [], memoryBytes: 80_000_000, disk: null },
  clock: { steps: 0, last: null },
  log: { epoch: 'e1', firstSeq: 1, lastSeq: 41, queued: 0, dropped: 0 },
  readers: [],
  platforms: [],
  certificates: [],
});
