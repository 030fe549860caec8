import type { ERROR_CODES } from '../stream/frames.ts';

/** What is said of a faulty frame, and when a connection ends: both lists are closed within v1. */

export const ERRORS: Readonly<Record<(typeof ERROR_CODES)[number], string>> = {
  'bad-frame': 'no JSON, or not as its schema says; the frame has no effect',
  'unknown-subscription': 'no records were subscribed under this id on this connection',
  'duplicate-subscription': 'this id is taken on this connection',
  'too-many-subscriptions': 'the connection has as many as `hello` allows',
  'bad-cursor': 'beyond the end of the log, or beyond what was sent',
};

export const CLOSE_CODES: Readonly<Record<number, string>> = {
  1000: 'done',
  1001: 'the agent stops; `bye` says when to come back',
  1002: 'against RFC 6455',
  1003: 'a binary frame: frames are text',
  1007: 'text that is no UTF-8',
  1008: 'too many faulty frames',
  1009: 'a frame longer than `hello` allows',
  1013: 'the agent cannot serve the connection now; try again later',
  4001: 'the token has expired',
  4008: 'nothing was taken, or acknowledged, for too long; resume by the cursor',
  4009: 'replaced by a newer connection of the same durable name',
};
