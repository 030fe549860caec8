import type { PlantConfig } from '../../config/plant.ts';
import type { Evaluation } from '../../rules/evaluation.ts';
import type { Window } from '../../rules/interval.ts';
import type { Ledger } from '../../rules/ledger.ts';
import type { Plan } from '../../rules/plan.ts';
import { running } from '../../rules/running.ts';
import type { Ms } from '../../rules/sample.ts';
import type { State } from '../../rules/state.ts';
import { isNamed, type PieceName, windowNamed } from '../offline/windowName.ts';
import type { Store } from '../store/contract.ts';
import type { EvaluationBody } from '../stream/protocol.ts';
import { evaluationFrom, fromWire } from '../wire.ts';
import { enteredAbout } from './byHand.ts';
import type { Explanation, Happening, Revision } from './contract.ts';
import { configured, metersOf, type Subject, subjectOf } from './subject.ts';

/** Where an agent's figures are, closed and running. */
export interface Figures {
  readonly config: PlantConfig;
  readonly plan: Plan;
  readonly store: Pick<Store, 'revisions' | 'piece' | 'happened' | 'entered'>;
  readonly state: () => State;
  readonly ledger: () => Ledger;
  readonly now: () => Ms;
}

/** What is found of a figure, or why there is nothing: asked for wrongly, or not there. */
export type Found = { readonly explanation: Explanation } | { readonly refusal: string; readonly status: 400 | 404 };

/** Happenings that are told of one figure. */
const MOST_HAPPENED = 30;

/** Finds what there is to say of `hour@2026-11-24T08:00` of a metric or meter: in the log, or among what is running. */
export async function find(figures: Figures, id: string, windowText: string): Promise<Found> {
  const { config, now } = figures;
  const subject = subjectOf(config, id);
  if (typeof subject === 'string') return { refusal: subject, status: 404 };
  const named = windowNamed(windowText, config.plant.calendar, now());
  if ('fault' in named) return { refusal: `window: ${named.fault}`, status: 400 };
  if ('piece' in named) return ofPiece(figures, subject, id, named.piece);
  const { window } = named;
  const stored = await figures.store.revisions(id, window);
  if (stored.length > 0) return closed(figures, subject, stored);
  const open = running(figures.plan, figures.state(), figures.ledger(), now()).find(
    ({ figure }) => figure.metric === id && figure.window.kind === window.kind && figure.window.start === window.start,
  );
  if (!open) return { refusal: whyNone(figures, subject, id, window), status: 404 };
  const figure = { ...open.figure, revision: 1, limit: open.limit, baseline: open.baseline };
  const happenings = await happened(figures, figure, now(), []);
  const { fingerprint } = config;
  const upTo = Math.min(open.upTo, window.end);
  return {
    explanation: {
      ...configured(config, subject, figure),
      ...happenings,
      figure,
      upTo,
      revisions: [],
      config: fingerprint,
    },
  };
}

/** A piece has a figure only when its window is closed. */
async function ofPiece(figures: Figures, subject: Subject, id: string, piece: PieceName): Promise<Found> {
  const { kind, product = null, at = Number.POSITIVE_INFINITY } = piece;
  const [newest] = await figures.store.piece(id, kind, at, product);
  const window = newest && evaluationFrom(newest.body).window;
  if (window && isNamed(piece, window)) return closed(figures, subject, await figures.store.revisions(id, window));
  const which = product === null ? `such a ${kind}` : `${kind} ${product}`;
  return { refusal: `${id}: there is no figure of ${which} in the log`, status: 404 };
}

async function closed(
  figures: Figures,
  subject: Subject,
  stored: Awaited<ReturnType<Store['revisions']>>,
): Promise<Found> {
  const revisions = stored.map(({ at, body }): Revision => ({ at: fromWire(at), figure: evaluationFrom(body) }));
  const { at, figure } = revisions.at(-1)!;
  const happenings = await happened(figures, figure, at, revisions);
  const { config } = JSON.parse(stored.at(-1)!.body) as EvaluationBody;
  return {
    explanation: {
      ...configured(figures.config, subject, figure),
      ...happenings,
      figure,
      upTo: null,
      revisions,
      config,
    },
  };
}

async function happened(
  { config, store }: Figures,
  figure: Evaluation,
  to: Ms,
  revisions: readonly Revision[],
): Promise<Pick<Explanation, 'happened' | 'hasMore' | 'entered' | 'hasMoreEntered'>> {
  const rows = await store.happened(metersOf(config, figure), figure.window.start, to, MOST_HAPPENED + 1);
  const told = rows
    .slice(0, MOST_HAPPENED)
    .map(({ at, body }): Happening => ({ at: fromWire(at), ...(JSON.parse(body) as Omit<Happening, 'at'>) }));
  return {
    happened: told,
    hasMore: rows.length > MOST_HAPPENED,
    ...(await enteredAbout(config, store, figure, to, revisions)),
  };
}

function whyNone({ config, now }: Figures, { metric }: Subject, id: string, { kind, start, end }: Window): string {
  const kinds = metric?.windows ?? config.plant.windows;
  if (!kinds.includes(kind)) return `${id} is not formed over the ${kind}; there are ${kinds.join(', ')}`;
  if (start > now()) return `that ${kind} has not begun yet`;
  return now() < end
    ? `${id}: nothing has been read in this ${kind} yet`
    : `${id}: there is no figure of that ${kind} in the log`;
}
