import type { Ms } from '../../rules/sample.ts';
import { Flow, Line, SECOND } from './flow.ts';
import { Scale } from './piece.ts';
import { between, type Random, seeded, Wander } from './random.ts';

/** Part of a coil's way through the mill, or of the pause after it. */
interface Phase {
  readonly seconds: number;
  /** Drive power that the phase settles at. */
  readonly kW: number;
  /** 0.01 t put on the scale as the phase begins: a finished coil. */
  readonly weighed?: number;
  /** A stop: auxiliaries, furnace and water are turned down. */
  readonly idle?: boolean;
  /** A coil is in the mill, from its first pass to the scale. */
  readonly rolling?: boolean;
}

const NO_LOAD_KW = 1_600;
const PAUSE: Phase = { seconds: 1, kW: NO_LOAD_KW };
const BETWEEN: Phase = { ...PAUSE, seconds: 5, rolling: true };

/** Roughing takes 7 % of a coil's energy in each of five passes, finishing the rest: 150 s together. */
function* passes(kWh: number): Generator<Phase> {
  const work = (share: number, seconds: number): Phase => ({
    seconds,
    kW: (kWh * share * 3600) / seconds,
    rolling: true,
  });
  for (let pass = 0; pass < 5; pass += 1) {
    yield work(0.07, 11);
    yield BETWEEN;
  }
  yield BETWEEN;
  yield work(0.65, 65);
}

/** One coil of 18 to 25 t after another, each about three minutes; after one in forty a stop of 4 to 30 minutes. */
function* campaign(random: Random): Generator<Phase, never> {
  for (;;) {
    const hundredths = Math.round(between(random, 1800, 2500));
    yield* passes((hundredths / 100) * between(random, 78, 98));
    yield { ...PAUSE, seconds: Math.round(between(random, 20, 40)), weighed: hundredths };
    if (random() < 1 / 40) yield { ...PAUSE, seconds: Math.round(between(random, 240, 1800)), idle: true };
  }
}

/**
 * A hot rolling mill: about 360 t/h. Drives 78 to 98 kWh/t in the passes (108 kWh/t on the whole with no-load power
 * and auxiliaries), furnace gas about 36 m3/t, new water about 2.5 m3/t and by the shift now and then above 2.7.
 */
export class Mill extends Line {
  readonly drive = new Flow(NO_LOAD_KW);
  readonly auxiliaries = new Flow(6_500);
  readonly gas = new Flow(12_000);
  readonly newWater = new Flow(850);
  readonly circulatingWater = new Flow(11_000);
  readonly scale: Scale;
  private readonly random: Random;
  private readonly phases: Generator<Phase, never>;
  private phase: Phase = PAUSE;
  private left = 1;
  private driveKw = NO_LOAD_KW;
  /** Whether a coil is in the mill at `knot`, and a second later. */
  private inLine: readonly [now: boolean, next: boolean] = [false, false];
  /** 1 in production, falling to 0 within minutes of a stop. */
  private activity = 1;
  private readonly auxiliariesKw: Wander;
  private readonly gasRate: Wander;
  private readonly newWaterRate: Wander;
  private readonly circulatingRate: Wander;

  constructor(seed: number, origin: Ms) {
    super(origin);
    const random = seeded(seed, 'mill');
    this.random = random;
    this.phases = campaign(random);
    this.scale = new Scale('C', origin, 1000, 21.43);
    this.auxiliariesKw = new Wander(random, 6_200, 8_200, [300, 1_800]);
    this.gasRate = new Wander(random, 12_500, 15_500, [600, 3_600]);
    this.newWaterRate = new Wander(random, 830, 1_120, [3_600, 18_000]);
    this.circulatingRate = new Wander(random, 10_800, 12_400, [600, 3_600]);
  }

  /** Plans the end of the second that begins at `knot`. */
  protected step(): void {
    if (this.left === 0) this.next();
    this.left -= 1;
    this.inLine = [this.inLine[1], this.phase.rolling === true];
    this.driveKw += (this.phase.kW - this.driveKw) * 0.5;
    this.activity += ((this.phase.idle ? 0 : 1) - this.activity) * 0.02;
    const turndown = (idleShare: number): number => idleShare + (1 - idleShare) * this.activity;
    this.drive.push(this.driveKw * (0.98 + 0.04 * this.random()));
    this.auxiliaries.push(this.auxiliariesKw.step() * turndown(0.6));
    this.gas.push(this.gasRate.step() * turndown(0.4));
    this.newWater.push(this.newWaterRate.step() * turndown(0.75));
    this.circulatingWater.push(this.circulatingRate.step() * turndown(0.85));
  }

  get coilInLine(): boolean {
    return this.inLine[0];
  }

  private next(): void {
    this.phase = this.phases.next().value;
    this.left = this.phase.seconds;
    if (this.phase.weighed !== undefined) this.scale.weigh(this.knot + SECOND, this.phase.weighed);
  }
}
