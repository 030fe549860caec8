import type { AgentFrame, ReaderFrame } from '../contract.ts';
import type { PageState } from './state.ts';

const SUBSCRIPTION = 'page';

/** What the page answers to a frame, given the state after it. */
export function replies(state: PageState, frame: AgentFrame): ReaderFrame[] {
  if (frame.type === 'hello') return [subscribe(state)];
  if (frame.type === 'records' && state.cursor) return [{ type: 'ack', id: SUBSCRIPTION, cursor: state.cursor }];
  return [];
}

/** Goes on from the cursor while it is the same log; a new log is read from now. */
function subscribe({ cursor, epoch }: PageState): ReaderFrame {
  return {
    type: 'subscribe',
    id: SUBSCRIPTION,
    kinds: ['evaluation', 'alarm', 'endpoint'],
    windows: ['quarterHour', 'hour', 'shift', 'day'],
    records: { from: cursor && cursor.epoch === epoch ? cursor : 'now' },
    live: { everyMs: 500 },
  };
}

/** Whether a batch leaves a hole after what is known; then the page connects anew from its cursor. */
export const leavesHole = (before: PageState, frame: AgentFrame): boolean =>
  frame.type === 'records' && before.cursor !== null && frame.prev > before.cursor.seq;
