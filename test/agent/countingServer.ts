import { DataType, StatusCodes } from 'node-opcua';
import { dataValue, makeOpcuaServer, NAMESPACE, type TestServer } from '../drivers/opcuaServer.ts';

/** An OPC UA server that tells in how many instants `kwh` was read, and on whose scale pieces are laid. */
export interface CountingServer extends Pick<TestServer, 'url' | 'certificateFile' | 'kill' | 'sessions'> {
  asked(): number;
  /** The next piece lies on its scale. */
  piece(number: number): void;
  /** Those that it keeps for sessions, by their number. */
  subscriptions(): number[];
}

/** `kwh` and `more` rise by one a second of the clock, from its instant `from` on. */
export async function countingServer(from: number, now: () => number): Promise<CountingServer> {
  const server = await makeOpcuaServer();
  const asked = new Set<number>();
  const value = (number: number) => dataValue(DataType.Double, number, StatusCodes.Good, new Date(now()));
  server.furnish((namespace, space) => {
    for (const name of ['kwh', 'more']) {
      const variable = namespace.addVariable({
        organizedBy: space.rootFolder.objects,
        browseName: name,
        nodeId: `s=${name}`,
        dataType: DataType.Double,
        minimumSamplingInterval: 20,
      });
      const timestamped_get = () => {
        if (name === 'kwh') asked.add(now());
        return value(Math.floor((now() - from) / 1_000));
      };
      variable.bindVariable({ timestamped_get }, true);
    }
  });
  const piece = (number: number): void => server.show('piece', value(number));
  piece(0);
  await server.start();
  return {
    ...{ url: server.url, certificateFile: server.certificateFile, kill: server.kill, sessions: server.sessions },
    ...{ piece, asked: () => asked.size },
    subscriptions: () => server.subscriptions().map(({ id }) => id),
  };
}

export const nodeOf = (name: string): string => `nsu=${NAMESPACE};s=${name}`;
