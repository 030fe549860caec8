import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { planOf } from '../../agent/describe.ts';
import { type Figures, find } from '../../agent/explain/find.ts';
import type { Language } from '../../agent/explain/language.ts';
import { durationText, numberText, percentText } from '../../agent/explain/numbers.ts';
import { LOCAL } from '../../agent/explain/pen.ts';
import { explanationText } from '../../agent/explain/render.ts';
import type { Sheet } from '../../agent/explain/sheet.ts';
import { ExplanationBody } from '../../agent/http/answers.ts';
import { explaining } from '../../agent/http/explain.ts';
import { serve } from '../../agent/http/operation.ts';
import type { Made } from '../../agent/offline/engine.ts';
import { readOperators } from '../../agent/offline/hand.ts';
import { recompute } from '../../agent/offline/recompute.ts';
import type { StoredRecord } from '../../agent/store/contract.ts';
import { entryBody, evaluationBody, wireTimeOf } from '../../agent/wire.ts';
import { describeFaults, loadConfig } from '../../config/load.ts';
import { startState } from '../../rules/state.ts';
import { plant } from './streamKit.ts';

/** Stories, and how their figures are explained: the texts lie beside them. */

const folderOf = (story: string): string => join(import.meta.dirname, '../scenarios', story);

async function figuresOf(story: string): Promise<Figures> {
  const loaded = await loadConfig(join(folderOf(story), 'config.yaml'), { devices: false });
  if ('faults' in loaded) throw new Error(describeFaults(loaded.faults));
  const { config } = loaded;
  const time = wireTimeOf(config.plant.calendar);
  const made: Made[] = [];
  const hands = await readOperators(join(folderOf(story), 'operators.yaml'), config.plant.calendar.timeZone);
  if ('faults' in hands) throw new Error(describeFaults(hands.faults));
  const samples = join(folderOf(story), 'samples.csv');
  const { span } = await recompute(config, samples, (one) => made.push(one), { operators: hands.lines });
  const stored = (kind: StoredRecord['kind'], at: number, body: object): StoredRecord => ({
    seq: 0,
    kind,
    at: time(at),
    body: JSON.stringify(body),
  });
  return {
    config,
    plan: planOf(config),
    store: {
      revisions: async (metric, window) =>
        made.flatMap((one) => {
          if (one.type !== 'evaluation' || one.evaluation.metric !== metric) return [];
          const { kind, start } = one.evaluation.window;
          if (kind !== window.kind || start !== window.start) return [];
          return [stored('evaluation', one.at, evaluationBody(one.evaluation, time, config.fingerprint))];
        }),
      piece: async (metric, kind, latest, product) =>
        made
          .flatMap((one) => {
            if (one.type !== 'evaluation' || one.evaluation.metric !== metric) return [];
            const { window } = one.evaluation;
            if (window.kind !== kind || window.start > latest) return [];
            if (product !== null && window.product !== product) return [];
            return [stored('evaluation', one.at, evaluationBody(one.evaluation, time, config.fingerprint))];
          })
          .slice(-1),
      happened: async (meters, from, to) =>
        made.flatMap((one) => {
          if (one.type !== 'note' || !meters.includes(one.meter) || one.at < from || one.at > to) return [];
          const { meter, event, detail } = one;
          return [stored('meter', one.at, { meter, event, detail })];
        }),
      entered: async (meters, from, to) =>
        made.flatMap((one) => {
          if (one.type !== 'entry' || !meters.includes(one.entry.meter) || one.at < from || one.at > to) return [];
          const { key, by: who = null } = one.entry;
          return [{ key, at: one.at, who, epoch: '', seq: 0, body: JSON.stringify(entryBody(one, time)) }];
        }),
    },
    state: () => startState(planOf(config), span!.to),
    ledger: () => new Map(),
    now: () => span!.to,
  };
}

/** Explains these figures over HTTP. */
function served(figures: Figures): FastifyInstance {
  const app = Fastify();
  const time = wireTimeOf(figures.config.plant.calendar);
  serve(app, [
    explaining(
      (id, window) => find(figures, id, window),
      () => plant,
      time,
    ),
  ]);
  return app;
}

/** The fingerprint also changes with the form of configurations. */
const withoutFingerprint = (text: string): string => text.replace(/sha256:\w+/, 'sha256:…');

const told = async (story: string, id: string, window: string, language: Language): Promise<string> => {
  const found = await find(await figuresOf(story), id, window);
  return 'refusal' in found ? found.refusal : withoutFingerprint(explanationText(found.explanation, language));
};

describe('explained', () => {
  test.each([
    ['counter-rolls-over-at-2-32', 'energy', 'minute@2026-11-23T10:00'],
    ['meter-swapped-without-notice', 'energy', 'hour@2026-11-23T10:00'],
    ['gap-across-the-hour-keeps-its-total', 'energy', 'hour@2026-11-23T09:00'],
    ['server-hands-over-its-queue-after-an-outage', 'energy', 'hour@2026-11-23T10:00'],
    ['potline-day-settled-by-its-ladles', 'potline.ac_power', 'day@2026-11-23'],
    ['idle-mill-burns-energy-but-has-no-figure', 'mill.electricity', 'hour@2026-11-23T10:00'],
    ['coal-equivalents-of-power-and-gas', 'mill.process_energy', 'hour@2026-11-23T10:00'],
    ['meter-exchange-told-by-the-operator', 'energy', 'hour@2026-11-23T10:00'],
    ['coil-corrected-by-hand-revises-its-hour', 'coils', 'hour@2026-11-23T10:00'],
    ['ladles-are-weighed-by-hand', 'tapped', 'shift@2026-11-23T08:00'],
    ['energy-and-idle-of-coils-over-a-rollover', 'mill.per_tonne', 'coil#19'],
    ['baseline-knows-the-base-load', 'mill.electricity', 'hour@2026-11-23T10:00'],
    ['night-shift-belongs-to-the-day-it-starts-in', 'energy', 'shift@2026-11-23T22:00'],
    ['verdict-closer-to-the-bound-than-the-meters-can-tell', 'mill.electricity', 'hour@2026-11-23T10:00'],
    ['meter-exchange-told-three-hours-later', 'energy', 'hour@2026-11-23T11:00'],
    ['ladle-corrected-twice-settles-the-day-twice-more', 'potline.ac_power', 'day@2026-11-23'],
    ['shift-over-midnight-counts-to-the-day-it-ends-in', 'mill.electricity', 'shift@2026-11-23T22:00'],
    ['coke-oven-gas-by-its-heating-value-measured-all-the-time', 'mill.gas_energy', 'hour@2026-11-23T10:00'],
    ['water-passed-on-and-water-that-circulates-are-not-new-water', 'mill.new_water', 'day@2026-11-23'],
    ['heats-and-what-lies-between-them-are-what-the-meter-counted', 'eaf.per_tonne', 'heat#12'],
    ['register-stands-still-while-the-line-runs', 'mill.electricity', 'hour@2026-11-23T10:00'],
    ['uncertain-weight-warns-but-is-no-excursion', 'mill.electricity', 'hour@2026-11-23T10:00'],
    ['line-current-in-amperes', 'potline.dc_power', 'hour@2026-11-23T10:00'],
    ['anode-effects-inside-the-boundary-break-the-hydro-bound', 'potline.co2_anodes_and_effects', 'day@2026-11-23'],
    ['cells-taken-out-are-told-three-hours-later', 'potline.ac_power', 'hour@2026-11-23T11:00'],
    ['one-rectifier-meter-missing-is-incomplete-not-a-pass', 'potline.ac_power', 'hour@2026-11-23T10:00'],
  ] as const)('%s', async (story, id, window) => {
    await expect(await told(story, id, window, 'en')).toMatchFileSnapshot(join(folderOf(story), 'explained.txt'));
    await expect(await told(story, id, window, 'zh')).toMatchFileSnapshot(join(folderOf(story), 'explained.zh.txt'));
  });

  test('a figure of a meter that is configured no more, and of a row of an earlier edition', async () => {
    const { config, ...figures } = await figuresOf('coal-equivalents-of-power-and-gas');
    const metrics = config.metrics.map((metric) => ({
      ...metric,
      numerator: metric.numerator.map((term) =>
        term.basis ? { ...term, basis: { ...term.basis, edition: '2031' } } : term,
      ),
    }));
    const changed = { ...config, metrics, meters: config.meters.filter(({ id }) => id !== 'energy') };
    const [now, then] = await Promise.all(
      [changed, { ...config, metrics }].map(async (present) => {
        const found = await find({ ...figures, config: present }, 'mill.process_energy', 'hour@2026-11-23T10:00');
        return 'refusal' in found ? found.refusal : explanationText(found.explanation, 'en');
      }),
    );
    expect(now).toMatch(/\n {2}energy: 52 500 kWh, good\n/);
    expect(now).toMatch(/\n {2}gas \(blast-furnace gas, totaliser\): 18 000 m3/);
    expect(now).toMatch(/\n {2}coils \(rolled steel, pieces weighed\)/);
    expect(then).toMatch(/× 0\.1229 kgce\/kWh \(gb-t-2589-2020\/electricity, 2020\) = 6 452\.25 kgce/);
  });

  test('a piece by its identity, a time in it, or as the last', async () => {
    const figures = await figuresOf('energy-and-idle-of-coils-over-a-rollover');
    const products = ['coil#18', 'coil@2026-11-23T08:15', 'coil@2026-11-23T08:50', 'coil@last'].map(async (window) => {
      const found = await find(figures, 'mill.per_tonne', window);
      return 'refusal' in found ? found.refusal : found.explanation.figure.window.product;
    });
    expect(await Promise.all(products)).toEqual(['18', '18', '19', '19']);
    const refused = ['coil#77', 'coil@2026-11-23T08:35', 'coil#', 'hour#18'].map((window) =>
      find(figures, 'mill.per_tonne', window),
    );
    expect(await Promise.all(refused)).toEqual([
      { refusal: 'mill.per_tonne: there is no figure of coil 77 in the log', status: 404 },
      { refusal: 'mill.per_tonne: there is no figure of such a coil in the log', status: 404 },
      { refusal: 'window: coil# lacks the identity', status: 400 },
      {
        refusal: 'window: a window of kind hour has no identity: write hour@ and a time, now or last',
        status: 400,
      },
    ]);
  });

  test('a piece over HTTP too', async () => {
    const figures = await figuresOf('energy-and-idle-of-coils-over-a-rollover');
    const app = served(figures);
    const asked = async (query: string) => {
      const { statusCode, body } = await app.inject(`/v1/metrics/mill.per_tonne/explain?window=coil&${query}`);
      return [statusCode, /= 1[06] kWh\/t/.exec(body)?.[0]];
    };
    expect(await asked('piece=18')).toEqual([200, '= 10 kWh/t']);
    expect(await asked('at=last')).toEqual([200, '= 16 kWh/t']);
    expect((await asked('piece=77'))[0]).toBe(404);
    await app.close();
  });

  test('in parts over HTTP, in the language asked for, with numbers as its readers write them', async () => {
    const figures = await figuresOf('coal-equivalents-of-power-and-gas');
    const app = served(figures);
    const sheet = async (lang: string): Promise<Sheet> => {
      const url = `/v1/metrics/mill.process_energy/explain?window=hour&at=2026-11-23T10:00&lang=${lang}`;
      const answer = await app.inject({ url, headers: { accept: 'application/json' } });
      return ExplanationBody.parse(answer.json()).sheet;
    };
    const [en, zh] = [await sheet('en'), await sheet('zh')];
    const gas = zh.parts[0]!.amounts.find(({ meter }) => meter === 'gas')!;
    const made = { factor: '0.1286 kgce/m3', origin: null, result: '2,314.8 kgce' };
    expect(gas).toMatchObject({ value: '18,000 m3', status: '良好', coefficient: made });
    expect(zh.parts.map(({ title }) => title)).toEqual(['分子', '分母']);
    const energy = en.parts[0]!.amounts.find(({ meter }) => meter === 'energy')!;
    expect(energy.value).toBe('52,500 kWh');
    expect(energy.lines.map(({ what }) => what)).toEqual(['coverage', 'start', 'end', 'readings']);
    expect(energy.coefficient).toMatchObject({ factor: '0.1229 kgce/kWh', result: '6,452.25 kgce' });
    expect(energy.coefficient!.origin).toMatch(/^gb-t-2589-2020\/electricity, 2020, /);
    expect(en.result!.text).toBe('(6,452.25 + 2,314.8 = 8,767.05) kgce / 88 t = 99.62556818 kgce/t');
    await app.close();
  });

  test('a count beyond 2^53 keeps its digits', () => {
    expect(LOCAL.en.number('18446744073709551615')).toBe('18,446,744,073,709,551,615');
    expect(LOCAL.zh.number(13066.655693290735)).toBe('13,066.65569');
    expect(LOCAL.en.number('C000018')).toBe('C000018');
  });

  test.each([
    ['mill.elektricity', 'hour@now', 'no metric or meter named "mill.elektricity"; did you mean "mill.electricity"?'],
    ['gas', 'hour@now', 'no metric or meter named "gas"; there are mill.electricity, energy, coils'],
    ['mill.electricity', 'our@now', expect.stringMatching(/^window: "our" is none of .*; did you mean "hour"\?$/)],
    ['mill.electricity', 'hour@soon', 'window: "soon" is no time such as 2026-11-24T08:00:00+08:00, now or last'],
    ['mill.electricity', 'day@now', 'mill.electricity is not formed over the day; there are hour'],
    ['mill.electricity', 'hour@2031-01-01', 'that hour has not begun yet'],
    ['mill.electricity', 'hour@2025-01-01', 'mill.electricity: there is no figure of that hour in the log'],
    ['mill.electricity', 'hour@now', 'mill.electricity: nothing has been read in this hour yet'],
  ])('%s over %s: what is wrong, and what was probably meant', async (id, window, refusal) => {
    expect(await told('idle-mill-burns-energy-but-has-no-figure', id, window, 'en')).toEqual(refusal);
  });
});

describe('numbers', () => {
  test.each([
    [8179726.464, '8 179 726.464'],
    [13066.655693290735, '13 066.65569'],
    [-1234, '−1 234'],
    [0.1 + 0.2, '0.3'],
    [1e-9, '1e-9'],
    [999, '999'],
    ['18446744073709551615', '18 446 744 073 709 551 615'],
  ])('%s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  test('shares and durations', () => {
    expect([percentText(1), percentText(5 / 6), percentText(0.00001)]).toEqual(['100 %', '83.33 %', '0.001 %']);
    expect([0, 200, 90_000, 3_600_000, 90_061_000].map(durationText)).toEqual([
      '0 s',
      '0.2 s',
      '1 min 30 s',
      '1 h',
      '1 d 1 h',
    ]);
  });
});
