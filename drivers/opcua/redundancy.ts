import { ConnectionLost, type Host, Misconfigured } from '../driver.ts';
import { Refusals } from './identity.ts';
import { type Link, openLink } from './link.ts';
import type { Options } from './options.ts';
import { HEALTHY, serviceLevel } from './server.ts';

/** Real ms between looks at the health of a server that has others beside it. */
const LOOK = 2_000;

interface Looked {
  readonly link: Link;
  readonly level: number;
}

/** The servers of a redundant set, of which one is used at a time; or the only one there is. */
export class Servers {
  readonly #all: readonly { readonly options: Options; readonly refusals: Refusals }[];
  /** The one to begin with: not the one that failed last. */
  #first = 0;

  constructor(options: Options) {
    const urls = [options.url, ...options.standby];
    this.#all = urls.map((url) => ({ options: { ...options, url }, refusals: new Refusals() }));
  }

  /** Opens a session with the first server that is healthy or, where none is, with the healthiest. */
  async open(host: Host, signal: AbortSignal): Promise<Link> {
    const failures: unknown[] = [];
    let best: (Looked & { readonly index: number }) | null = null;
    for (let i = 0; i < this.#all.length && (best === null || best.level < HEALTHY); i++) {
      const index = (this.#first + i) % this.#all.length;
      const found = await this.#look(index, host, signal).catch((cause: unknown) => void failures.push(cause));
      if (!found) continue;
      const worse: Looked | null = best && best.level >= found.level ? found : best;
      if (worse !== found) best = { ...found, index };
      await worse?.link.close();
    }
    if (!best) throw together(failures);
    this.#first = (best.index + 1) % this.#all.length;
    return best.link;
  }

  /** While the line stands: ends it when its server is not healthy and another one is healthier. */
  async watch({ url, line, services }: Link, host: Host): Promise<void> {
    const others = this.#all.flatMap(({ options }, index) => (options.url === url ? [] : [index]));
    while (others.length > 0 && !line.lost.aborted) {
      await host.clock.delay(LOOK, line.lost);
      const level = await serviceLevel(services);
      if (level >= HEALTHY) continue;
      for (const index of others) {
        const other = await this.#look(index, host, line.lost).catch(() => null);
        await other?.link.close();
        if (!other || other.level <= level) continue;
        this.#first = index;
        line.lose(`its service level is ${level}, and ${other.link.url} has ${other.level}`);
        break;
      }
    }
  }

  async #look(index: number, host: Host, signal: AbortSignal): Promise<Looked> {
    const { options, refusals } = this.#all[index]!;
    const link = await openLink(host, options, refusals, signal);
    if (this.#all.length === 1) return { link, level: HEALTHY };
    try {
      return { link, level: await serviceLevel(link.services) };
    } catch (cause) {
      await link.close();
      throw cause;
    }
  }
}

/** What is wrong with all servers; what only people can mend, when that is all. */
function together(failures: readonly unknown[]): unknown {
  if (failures.length === 1) return failures[0];
  const message = failures.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
  const isForPeople = failures.every((one) => one instanceof Misconfigured);
  return new (isForPeople ? Misconfigured : ConnectionLost)(message, { cause: failures[0] });
}
