import { z } from 'zod';
import { inWords } from '../../config/faults.ts';
import { ALARM_ACTIONS, AlarmAction, type Refusal, stateOf, Who, Words } from '../../rules/alarm.ts';
import { ALL_KINDS } from '../../rules/interval.ts';
import { isJudged, type Ledger } from '../../rules/ledger.ts';
import { sightFor } from '../access/sight.ts';
import { fromWire, type WireTime, wireWindow } from '../wire.ts';
import { actorOf } from './authenticate.ts';
import { Alarms, AlarmView, type PlantDescription } from './contract.ts';
import { badParts, HttpFault, InvalidFault, type Status } from './errors.ts';
import { type Operation, operation } from './operation.ts';
import { Instant } from './queries.ts';

/** Operators and their alarms: what stands, and what is done about it. */

export interface AlarmDesk {
  ledger(): Ledger;
  /** Resolves when the action is committed, or with why it is refused; rejects when the log takes no records. */
  act(action: AlarmAction, from: string): Promise<Refusal | null>;
}

const Place = z.object({ metric: z.string(), window: z.enum(ALL_KINDS), action: z.enum(ALARM_ACTIONS) });
const Body = z.strictObject({
  who: Who.optional().describe(
    "the operator: the token's name, which may be left out; needed where there are no tokens",
  ),
  reason: Words.optional().describe('must be there to shelve'),
  until: Instant.optional().describe('to shelve: at most 31 days ahead'),
});

const REFUSED: Readonly<Record<Refusal, readonly [status: Status, message: string]>> = {
  'unknown-alarm': [404, 'no such alarm: the metric has no limit, or no such window'],
  'nothing-judged-yet': [409, 'no window has been judged yet'],
  'time-has-passed': [400, 'until: the time has passed'],
  'too-long': [400, 'until: at most 31 days ahead'],
};

export function alarms(desk: AlarmDesk, plant: () => PlantDescription, time: WireTime): Operation[] {
  const list = operation(
    {
      ...{ id: 'alarms', method: 'GET', path: '/v1/alarms' },
      summary: 'Every limit by kind of window of which one was judged; those that stand first, the newest first',
      answers: { 200: { what: 'all alarms', json: Alarms } },
    },
    async ({ request }) => {
      const sight = sightFor(request, plant());
      return alarmViews(desk.ledger(), time).filter((view) => sight.metric(view.metric));
    },
  );
  const act = operation(
    {
      ...{ id: 'actOnAlarm', method: 'POST', path: '/v1/alarms/{metric}/{window}/{action}', needs: 'enter' },
      ...{ params: Place, body: Body },
      summary: 'What an operator does about an alarm; done twice it is done once',
      answers: { 200: { what: 'the alarm, when the action is in the log', json: AlarmView } },
      refusals: {
        404: 'no such limit or window',
        409: 'no window of it was judged yet',
        503: 'the log takes no records; nothing was done',
      },
    },
    async ({ params: { metric, window, action }, body, request }) => {
      if (!sightFor(request, plant()).metric(metric)) throw new HttpFault(...REFUSED['unknown-alarm']);
      const who = actorOf(request, 'who', body.who);
      const asked = AlarmAction.safeParse({ ...body, who, metric, window, action }, { error: inWords });
      if (asked.error) throw new InvalidFault(badParts('body', asked.error));
      const refusal = await desk.act(asked.data, request.ip).catch(() => {
        throw new HttpFault(503, 'the log takes no records; nothing was done');
      });
      if (refusal !== null) throw new HttpFault(...REFUSED[refusal]);
      return alarmViews(desk.ledger(), time).find((view) => view.metric === metric && view.window.kind === window);
    },
  );
  return [list, act];
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
