import type {
  BrowseDescriptionOptions,
  BrowsePath,
  BrowsePathResult,
  BrowseResult,
  ClientSession,
  ClientSessionPublishService,
  ClientSessionRawSubscriptionService,
  DataValue,
  ReadValueIdOptions,
  ReferenceDescription,
} from 'node-opcua-client';
import type { Line } from '../session.ts';

/** The library's session, with services that it has and does not tell of in its type. */
export type Session = ClientSession & ClientSessionRawSubscriptionService & ClientSessionPublishService;

/** A service that the server answered with a fault; the session goes on. */
export class Refused extends Error {
  override name = 'Refused';
}

const TOO_MANY = /Bad(TooManyOperations|(Request|Response)TooLarge|EncodingLimitsExceeded|TooManyMonitoredItems)/;

/** Waits for an answer. Rejects with Refused when the server answers with a fault; any other failure loses the line. */
export async function answered<T>(line: Line, work: Promise<T>): Promise<T> {
  try {
    return await line.inTime(work);
  } catch (cause) {
    const fault = faultIn(cause);
    if (!line.lost.aborted && fault !== null) throw new Refused(fault, { cause });
    line.lose(String(cause));
    throw line.lost.reason;
  }
}

/** What a service of the library that has a callback only comes to. */
export function called<T>(service: (done: (error: Error | null, response?: T) => void) => void): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  service((error, response) => (response && !error ? resolve(response) : reject(error)));
  return promise;
}

/** The fault that a server answered with; null when it did not answer, or the session is no more. */
export function faultIn(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null;
  const { response } = cause as Partial<Fault>;
  const name = response?.responseHeader?.serviceResult?.name;
  return name === undefined || /BadSession|BadSecureChannel/.test(name) ? null : name;
}

interface Fault {
  readonly response: { readonly responseHeader: { readonly serviceResult: { readonly name: string } } };
}

/**
 * Asks in portions: no more at once than `limit`, and half as many, from then on, whenever the server says that these
 * were too many. Any other refusal is the caller's.
 */
export function portions<In, Out>(
  limit: number,
  ask: (some: readonly In[]) => Promise<readonly Out[]>,
): (items: readonly In[]) => Promise<Out[]> {
  let most = limit;
  return async (items) => {
    const all: Out[] = [];
    while (all.length < items.length) {
      const some = items.slice(all.length, all.length + most);
      try {
        all.push(...(await ask(some)));
      } catch (cause) {
        if (!(cause instanceof Refused) || some.length === 1 || !TOO_MANY.test(cause.message)) throw cause;
        most = Math.ceil(some.length / 2);
      }
    }
    return all;
  };
}

/** The services that are used of a session; none of them changes anything in the plant. */
export interface Services {
  read(nodes: readonly ReadValueIdOptions[]): Promise<readonly DataValue[]>;
  /** What the nodes refer to; asks for no more once there are `most` altogether. */
  browse(
    nodes: readonly BrowseDescriptionOptions[],
    most?: number,
  ): Promise<readonly (readonly ReferenceDescription[])[]>;
  translate(paths: readonly BrowsePath[]): Promise<readonly BrowsePathResult[]>;
}

/** One request each; what an answer lacks or has too much loses the line. */
export function servicesOf(session: Session, line: Line): Services {
  const all = async <T>(count: number, work: Promise<T[]>): Promise<T[]> => {
    const results = await answered(line, work);
    if (results.length === count) return results;
    line.lose(`${results.length} results for ${count} operations`);
    throw line.lost.reason;
  };
  return {
    read: (nodes) => all(nodes.length, session.read([...nodes])),
    translate: (paths) => all(paths.length, session.translateBrowsePath([...paths])),
    browse: async (nodes, most = Number.POSITIVE_INFINITY) => {
      const found: ReferenceDescription[][] = nodes.map(() => []);
      let results: BrowseResult[] = await all(nodes.length, session.browse([...nodes]));
      let places = nodes.map((_, index) => index);
      while (places.length > 0) {
        results.forEach(({ references }, index) => {
          found[places[index]!]!.push(...(references ?? []));
        });
        const more = results.flatMap(({ continuationPoint: point }, index) =>
          point?.length ? [{ point, place: places[index]! }] : [],
        );
        if (more.length === 0) break;
        const enough = found.reduce((count, { length }) => count + length, 0) >= most;
        const points = more.map(({ point }) => point);
        results = await all(more.length, session.browseNext(points, enough));
        places = enough ? [] : more.map(({ place }) => place);
      }
      return found;
    },
  };
}
