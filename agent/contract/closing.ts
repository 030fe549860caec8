import type { ERROR_CODES } from '../stream/frames.ts';

/** What is said of a faulty frame, and when a connection ends: both lists are closed within v1. */

export const ERRORS: Readonly<Record<(typeof ERROR_CODES)[number], string>> = {
  'bad-frame': 'no JSON, not a frame, or a field that says what it may not; `message` says which',
  'unknown-subscription': 'an `ack` for an `id` that has no records subscribed',
  'duplicate-subscription': 'the `id`, or the durable name, is taken on this connection',
  'too-many-subscriptions': 'more than `limits.maxSubscriptions`',
  'bad-cursor': 'beyond what the log has, or acknowledged before it was sent',
};

export const CLOSE_CODES: Readonly<Record<number, string>> = {
  1000: 'the reader closed, and is answered',
  1001: 'the agent stops; `bye` before it says when to come back',
  1002: 'against RFC 6455: reserved bits or opcodes, a compressed or unmasked frame, a control frame too long or in pieces, a false close code',
  1003: 'a binary frame',
  1007: 'text that is not UTF-8',
  1008: 'ten faulty frames or 1 000 frames that brought nothing on between two heartbeats; a message in more than 64 pieces',
  1009: 'a frame of more than `limits.maxFrameBytes`',
  1013: 'the log cannot be read now; try again later',
  4001: 'the token has expired or was taken back, or the login has ended',
  4008: 'slow reader, see above',
  4009: 'replaced by a newer connection of the same durable name',
};
