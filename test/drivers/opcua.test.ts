import { opcua } from '../../drivers/opcua/index.ts';
import { conformance, type Subject } from './conformance.ts';
import { double, makeOpcuaServer, NAMESPACE } from './opcuaServer.ts';

const subject = (acquisition: 'poll' | 'subscribe') => async (): Promise<Subject> => {
  const server = await makeOpcuaServer();
  const node = (name: string): { node: string } => ({ node: `nsu=${NAMESPACE};s=${name}` });
  for (const name of ['vanishing', 'first', 'second']) server.show(name, double(0));
  server.show('steady', double(42));
  return {
    options: { url: server.url, serverCertificate: server.certificateFile, acquisition, samplingInterval: '20ms' },
    addresses: {
      steady: node('steady'),
      vanishing: node('vanishing'),
      first: node('first'),
      second: node('second'),
    },
    set: (point, value) => server.show(point, value === null ? null : double(value)),
    start: server.start,
    kill: server.kill,
    clients: server.channels,
  };
};

conformance('opcua', opcua, subject('poll'));
conformance('opcua by subscription', opcua, subject('subscribe'));
