import { afterEach, describe, expect, test } from 'vitest';
import { closeFrame, type FrameParts, frame, OPCODES, RawWebSocket } from '../support/rawWebSocket.ts';
import { type Kit, kits } from './streamKit.ts';

/** RFC 6455 byte by byte, with our limits on: what must be understood, and with which code the rest is refused. */

const { agent, close } = kits();
afterEach(close);
const { text, binary, continuation, ping, pong } = OPCODES;

const connected = async (options?: Parameters<typeof agent>[0]): Promise<{ it: Kit; raw: RawWebSocket }> => {
  const it = await agent(options);
  return { it, raw: await new RawWebSocket(it.url).open() };
};
/** A frame of ours that is answered, so that it shows that it was understood. */
const SUBSCRIBE = JSON.stringify({ type: 'subscribe', id: 'grüß 吨 𝕎' });
const isSubscribed = ({ payload }: { payload: Buffer }): boolean => payload.includes('"subscribed","id":"grüß 吨 𝕎"');
/** Ends the connection from the client's side once the agent has said close. */
const endOf = async (raw: RawWebSocket): Promise<number> => {
  await raw.until(({ opcode }) => opcode === OPCODES.close).catch(() => {});
  raw.socket.end();
  return raw.ended;
};

describe('understood', () => {
  test('a message in one frame', async () => {
    const { raw } = await connected();
    raw.send(frame({ opcode: text, payload: SUBSCRIBE }));
    await raw.until(isSubscribed);
    raw.socket.destroy();
  });

  test('a message in pieces, cut anywhere, also within a character, with control frames in between', async () => {
    const { raw } = await connected();
    const bytes = Buffer.from(SUBSCRIBE);
    const middle = bytes.indexOf('吨') + 1;
    raw.send(
      frame({ opcode: text, payload: bytes.subarray(0, 5), fin: false }),
      frame({ opcode: ping, payload: 'one' }),
      frame({ opcode: continuation, payload: bytes.subarray(5, middle), fin: false }),
      frame({ opcode: pong, payload: 'unasked' }),
      frame({ opcode: continuation, payload: '', fin: false }),
      frame({ opcode: continuation, payload: bytes.subarray(middle) }),
    );
    await raw.until(isSubscribed);
    const answers = raw.heard.filter(({ opcode }) => opcode === pong).map(({ payload }) => String(payload));
    expect(answers).toEqual(['one']);
    raw.socket.destroy();
  });

  test('bytes one at a time', async () => {
    const { raw } = await connected();
    const bytes = Buffer.concat([frame({ opcode: text, payload: SUBSCRIBE }), frame({ opcode: ping })]);
    raw.socket.setNoDelay(true);
    for (const byte of bytes) {
      raw.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await raw.until(isSubscribed);
    await raw.until(({ opcode }) => opcode === pong);
    raw.socket.destroy();
  });

  test('a ping of 125 bytes, answered with the same', async () => {
    const { raw } = await connected();
    raw.send(frame({ opcode: ping, payload: Buffer.alloc(125, 0xfe) }));
    expect((await raw.until(({ opcode }) => opcode === pong)).payload).toEqual(Buffer.alloc(125, 0xfe));
    raw.socket.destroy();
  });

  test('a frame of 64 KiB exactly, and lengths written longer than they need be', async () => {
    const { raw } = await connected();
    const long = `${SUBSCRIBE.slice(0, -1)},"x":"${'x'.repeat(65_536 - Buffer.byteLength(SUBSCRIBE) - 7)}"}`;
    expect(Buffer.byteLength(long)).toBe(65_536);
    raw.send(frame({ opcode: text, payload: long }));
    await raw.until(isSubscribed);
    raw.socket.destroy();
  });

  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])(
    'close code %d, answered with the same',
    async (code) => {
      const { it, raw } = await connected();
      raw.send(closeFrame(code, 'done'));
      expect(await endOf(raw)).toBe(code);
      await expect.poll(() => it.stream.readers()).toBe(0);
    },
  );

  test('a close without a code', async () => {
    const { raw } = await connected();
    raw.send(frame({ opcode: OPCODES.close }));
    expect(await endOf(raw)).toBe(1005);
  });
});

describe('refused', () => {
  const refused: [string, number, FrameParts[]][] = [
    ['the first reserved bit: a compressed frame, be it a bomb', 1002, [{ opcode: text, payload: 'x', rsv: 4 }]],
    ['the second reserved bit', 1002, [{ opcode: text, payload: 'x', rsv: 2 }]],
    ['the third reserved bit', 1002, [{ opcode: ping, rsv: 1 }]],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, number, FrameParts[]] => [
      `opcode ${opcode}`,
      1002,
      [{ opcode, payload: 'x' }],
    ]),
    ['a frame without a mask', 1002, [{ opcode: text, payload: '{}', masked: false }]],
    ['a ping in pieces', 1002, [{ opcode: ping, fin: false }]],
    ['a ping of 126 bytes', 1002, [{ opcode: ping, payload: Buffer.alloc(126) }]],
    ['a continuation of nothing', 1002, [{ opcode: continuation, payload: 'x' }]],
    [
      'a message within a message',
      1002,
      [
        { opcode: text, payload: '{', fin: false },
        { opcode: text, payload: '}' },
      ],
    ],
    ['a binary message', 1003, [{ opcode: binary, payload: '{}' }]],
    ['text that is not UTF-8', 1007, [{ opcode: text, payload: Buffer.from([0x22, 0xc0, 0xaf, 0x22]) }]],
    ['half a surrogate pair', 1007, [{ opcode: text, payload: Buffer.from([0xed, 0xa0, 0x80]) }]],
    [
      'a character that is cut off by the end of the message',
      1007,
      [
        { opcode: text, payload: Buffer.from([0xe5]), fin: false },
        { opcode: continuation, payload: Buffer.from([0x90]) },
      ],
    ],
    ['64 KiB and a byte', 1009, [{ opcode: text, payload: Buffer.alloc(65_537, 0x20) }]],
    ['a length of 2^62 bytes, before any of them', 1009, [{ opcode: text, length: 2 ** 62 }]],
    [
      'pieces that are too long together',
      1009,
      [
        { opcode: text, payload: Buffer.alloc(40_000, 0x20), fin: false },
        { opcode: continuation, payload: Buffer.alloc(40_000, 0x20), fin: false },
      ],
    ],
    [
      'a message in more than 64 pieces',
      1008,
      Array.from({ length: 66 }, (_, n) => ({ opcode: n === 0 ? text : continuation, payload: ' ', fin: false })),
    ],
  ];
  test.each(refused)('%s: %d', async (_, code, parts) => {
    const { it, raw } = await connected();
    raw.send(...parts.map(frame));
    expect(await endOf(raw)).toBe(code);
    await expect.poll(() => it.stream.readers()).toBe(0);
    expect(await it.metric('closed_total')).toEqual(new Map([[`${code}`, 1]]));
  });

  test.each([0, 999, 1004, 1005, 1006, 1016, 2999, 5000, 65_535])(
    'close code %d, which nobody may send: 1002',
    async (code) => {
      const { raw } = await connected();
      raw.send(closeFrame(code));
      expect(await endOf(raw)).toBe(1002);
    },
  );
  test('a close frame of one byte, and one whose reason is not UTF-8', async () => {
    const { it, raw } = await connected();
    raw.send(frame({ opcode: OPCODES.close, payload: 'x' }));
    expect(await endOf(raw)).toBe(1002);
    const other = await new RawWebSocket(it.url).open();
    other.send(closeFrame(1000, Buffer.from([0xff])));
    expect(await endOf(other)).toBe(1007);
  });
  test('what follows a close is not looked at', async () => {
    const { it, raw } = await connected();
    raw.send(closeFrame(1000), frame({ opcode: text, payload: SUBSCRIBE }), frame({ opcode: 15 }));
    expect(await endOf(raw)).toBe(1000);
    expect(raw.heard.some(isSubscribed)).toBe(false);
    expect(await it.metric('faults_total')).toEqual(new Map());
  });
});

test('half a frame and then silence ends with the heartbeat', async () => {
  const { it, raw } = await connected({ limits: { heartbeatMs: 100 } });
  raw.socket.write(frame({ opcode: text, payload: SUBSCRIBE }).subarray(0, 9));
  expect(await raw.ended).toBe(1006);
  await expect.poll(() => it.stream.readers()).toBe(0);
});
