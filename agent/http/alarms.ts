import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ALARM_ACTIONS, AlarmAction, type Refusal, stateOf } from '../../rules/alarm.ts';
import { ALL_KINDS } from '../../rules/interval.ts';
import { isJudged, type Ledger } from '../../rules/ledger.ts';
import { fromWire, type WireTime, wireWindow } from '../wire.ts';
import type { AlarmView } from './contract.ts';
import { HttpFault } from './errors.ts';
import { Instant } from './queries.ts';

/** Operators and their alarms: what stands, and what is done about it. */

export interface AlarmDesk {
  ledger(): Ledger;
  /** Resolves when the action is committed, or with why it is refused; rejects when the log takes no records. */
  act(action: AlarmAction): Promise<Refusal | null>;
}

const Place = z.object({ metric: z.string(), window: z.enum(ALL_KINDS), action: z.enum(ALARM_ACTIONS) });
const Body = z.looseObject({ until: Instant.optional() });

const REFUSED: Readonly<Record<Refusal, readonly [status: number, message: string]>> = {
  'unknown-alarm': [404, 'no such alarm: the metric has no limit, or no such window'],
  'nothing-judged-yet': [409, 'no window has been judged yet'],
  'time-has-passed': [400, 'until: the time has passed'],
  'too-long': [400, 'until: at most 31 days ahead'],
};

export function alarmRoutes(app: FastifyInstance, desk: AlarmDesk, time: WireTime): void {
  app.get('/v1/alarms', async () => alarmViews(desk.ledger(), time));

  app.post('/v1/alarms/:metric/:window/:action', async ({ params, body }) => {
    const { metric, window, action } = Place.parse(params);
    const request = AlarmAction.parse({ ...Body.parse(body ?? {}), metric, window, action });
    const refusal = await desk.act(request).catch(() => {
      throw new HttpFault(503, 'the log takes no records; nothing was done');
    });
    if (refusal !== null) throw new HttpFault(...REFUSED[refusal]);
    return alarmViews(desk.ledger(), time).find((view) => view.metric === metric && view.window.kind === window);
  });
}

/** Those of `alarmViews` in any state but normal. */
export const standingAlarms = (ledger: Ledger, time: WireTime): AlarmView[] =>
  alarmViews(ledger, time).filter(({ state }) => state !== 'normal');

/** Every alarm of which a window was judged; those that stand first, the newest first. */
export function alarmViews(ledger: Ledger, time: WireTime): AlarmView[] {
  const views = [...ledger.values()].flatMap(({ newest, alarm }): AlarmView[] => {
    if (!isJudged(newest)) return [];
    const { metric, equipment, window, value, unit, limit } = newest;
    const { unacknowledged, shelf, since } = alarm;
    return [
      {
        ...{ metric, equipment, window: wireWindow(window, time), value, unit, limit },
        ...{ state: stateOf(alarm, limit), unacknowledged, since: time(since) },
        shelved: shelf && { ...shelf, until: time(shelf.until) },
      },
    ];
  });
  const quiet = ({ state }: AlarmView): number => (state === 'normal' ? 1 : 0);
  return views.sort((a, b) => quiet(a) - quiet(b) || fromWire(b.since) - fromWire(a.since));
}
