import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { opcua } from '../../drivers/opcua/index.ts';
import { relay } from '../support/relay.ts';
import { conformance, type Subject } from './conformance.ts';
import type { Hello, Order } from './opcuaChild.ts';
import { NAMESPACE } from './opcuaServer.ts';

/** The server's process, and a way to tell it what to do. */
async function makeChild() {
  const child = fork(join(import.meta.dirname, 'opcuaChild.ts'), { execArgv: [] });
  const [hello] = (await once(child, 'message')) as [Hello];
  let last = 0;
  const tell = async (order: Order extends infer One ? Omit<One, 'id'> : never): Promise<void> => {
    const id = ++last;
    child.send({ ...order, id });
    await answered(child, id);
  };
  return { ...hello, tell };
}

const answered = (child: ChildProcess, id: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const look = (message: { id?: number }): void => {
      if (message.id !== id) return;
      child.off('message', look).off('exit', gone);
      resolve();
    };
    const gone = (): void => reject(new Error("the server's process ended"));
    child.on('message', look).once('exit', gone);
  });

const node = (name: string): { node: string } => ({ node: `nsu=${NAMESPACE};s=${name}` });

const subject = (acquisition: 'poll' | 'subscribe') => async (): Promise<Subject> => {
  const { port, certificateFile, steadySince, tell } = await makeChild();
  return {
    addresses: {
      steady: node('steady'),
      vanishing: node('vanishing'),
      first: node('first'),
      second: node('second'),
    },
    steadySince,
    timeout: 1_000,
    set: (name, value) => tell({ what: 'set', name, value } as Omit<Order, 'id'>),
    start: () => tell({ what: 'start' }),
    kill: () => tell({ what: 'kill' }),
    way: () =>
      relay(port, (over) => ({
        url: `opc.tcp://127.0.0.1:${over}`,
        serverCertificate: certificateFile,
        timeout: '1s',
        acquisition,
        samplingInterval: '20ms',
      })),
  };
};

conformance('opcua', opcua, subject('poll'));
conformance('opcua by subscription', opcua, subject('subscribe'));
