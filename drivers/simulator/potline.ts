import type { Ms } from '../../rules/sample.ts';
import { Flow, Line } from './flow.ts';
import { Scale } from './piece.ts';
import { between, type Random, seeded, Wander } from './random.ts';
import { dayStart, type Ladle, ladles, shiftLeft, shiftStart } from './tapping.ts';

/** Electrochemical equivalent of aluminium, kg/(kA·h): the plants' rounded figure (computed: 0.335573). */
export const KG_PER_KAH = 0.3356;
export const CELLS = 240;
const RECTIFIER_EFFICIENCY = 0.98;
/** About 18 t of metal in each cell. */
const INITIAL_METAL_T = 4_320;
/** What eight hours at 350 kA and an efficiency of 0.93 produce. */
const SHIFT_T = 209.7;
const EFFECTS_PER_SECOND = 12 / 86_400;
const OUTAGES_PER_SECOND = 1 / (3 * 86_400);

/** The metal of a production day, or of the part of it since the origin. */
export interface PotDay {
  readonly start: Ms;
  /** t by Faraday's law, at an efficiency of 1. */
  readonly theoretical: number;
  readonly efficiency: number;
  readonly produced: number;
  readonly tapped: number;
}

/**
 * A potline: 350 kA, 240 cells at 3.93 to 4.03 V, so that with an efficiency of about 0.93 and a rectifier efficiency
 * of 0.98 the AC consumption lies around 13 000 kWh/t and crosses it. An anode effect every two hours, new water about
 * 2 m3/t. Metal is tapped by the ladle; what is produced and not tapped stays in the cells.
 */
export class Potline extends Line {
  readonly current = new Flow(350);
  readonly voltage = new Flow(CELLS * 3.98);
  readonly dcPower = new Flow(CELLS * 3.98 * 350);
  readonly rectifier1 = new Flow((CELLS * 3.98 * 350) / RECTIFIER_EFFICIENCY / 2);
  readonly rectifier2 = new Flow((CELLS * 3.98 * 350) / RECTIFIER_EFFICIENCY / 2);
  readonly newWater = new Flow(52);
  readonly scale: Scale;
  /** Cells in operation during the second that begins at `knot`. */
  cells = CELLS;
  /** Anode effects since the origin. */
  effects = 0;
  private readonly random: Random;
  private readonly cellVoltage: Wander;
  private readonly lineCurrent: Wander;
  private readonly split: Wander;
  private readonly waterRate: Wander;
  private effect = { left: 0, volts: 0 };
  private outage = 0;
  private planned: Ladle[];
  private readonly past: PotDay[] = [];
  private readonly efficiencies: Random;
  private efficiency = 0.93;
  /** Twice the kA·cell·s of the current day's whole seconds. */
  private charge = 0;
  private today: Ms;
  /** t in the days before the current one. */
  private readonly closed = { produced: 0, tapped: 0 };

  constructor(seed: number, origin: Ms) {
    super(origin);
    const random = seeded(seed, 'potline');
    this.random = random;
    this.efficiencies = seeded(seed, 'current efficiency');
    this.scale = new Scale('L', origin, 5000, 8.02);
    this.cellVoltage = new Wander(random, 3.93, 4.03, [1_200, 7_200]);
    this.lineCurrent = new Wander(random, 348, 352, [300, 1_800]);
    this.split = new Wander(random, 0.485, 0.515, [1_800, 7_200]);
    this.waterRate = new Wander(random, 42, 62, [1_800, 10_800]);
    this.today = dayStart(origin);
    this.planned = this.planShift();
  }

  protected step(): void {
    this.charge += this.cells * this.current.doubledSince(1);
    if (dayStart(this.knot) !== this.today) this.closeDay();
    this.tap();
    this.cells = this.cellsInOperation();
    this.electricity();
    this.newWater.push(this.waterRate.step());
  }

  private electricity(): void {
    const kA = this.lineCurrent.step() + 0.4 * (this.random() - 0.5);
    const volts = this.cells * this.cellVoltage.step() + this.effectVolts() + this.random() - 0.5;
    const ac = (volts * kA) / RECTIFIER_EFFICIENCY;
    const first = ac * this.split.step();
    this.current.push(kA);
    this.voltage.push(volts);
    this.dcPower.push(volts * kA);
    this.rectifier1.push(first);
    this.rectifier2.push(ac - first);
  }

  /** One cell in anode effect lifts the line by 21 to 26 V for two to five minutes. */
  private effectVolts(): number {
    if (this.effect.left > 0) this.effect.left -= 1;
    else if (this.random() < EFFECTS_PER_SECOND) {
      this.effects += 1;
      this.effect = { left: Math.round(between(this.random, 120, 300)), volts: between(this.random, 21, 26) };
    }
    return this.effect.left > 0 ? this.effect.volts : 0;
  }

  /** About every three days one cell is out of circuit for two to eight hours. */
  private cellsInOperation(): number {
    if (this.outage > 0) this.outage -= 1;
    else if (this.random() < OUTAGES_PER_SECOND) this.outage = Math.round(between(this.random, 7_200, 28_800));
    return this.outage > 0 ? CELLS - 1 : CELLS;
  }

  private tap(): void {
    if (shiftStart(this.knot) === this.knot) this.planned = this.planShift();
    while (this.planned.length > 0 && this.planned[0]!.at <= this.knot) {
      const { at, hundredths } = this.planned.shift()!;
      this.scale.weigh(at, hundredths);
    }
  }

  /** The crew taps about what a shift produces, two per cent more or less, and half of what it finds too much. */
  private planShift(): Ladle[] {
    const surplus = this.metalInCells() - INITIAL_METAL_T;
    const tonnes = SHIFT_T * between(this.random, 0.98, 1.02) * shiftLeft(this.knot) + surplus / 2;
    return ladles(this.random, this.knot, tonnes);
  }

  private closeDay(): void {
    const day = this.day();
    this.past.push(day);
    this.closed.produced += day.produced;
    this.closed.tapped += day.tapped;
    this.charge = 0;
    this.today = dayStart(this.knot);
    this.efficiency = between(this.efficiencies, 0.926, 0.934);
  }

  /** The production day so far. */
  private day(): PotDay {
    const { today: start, efficiency, closed } = this;
    const charge = this.charge + this.cells * this.current.doubledSince(this.share);
    const theoretical = (charge / 7_200) * (KG_PER_KAH / 1_000);
    const tapped = this.scale.total(this.time) - closed.tapped;
    return { start, theoretical, efficiency, produced: theoretical * efficiency, tapped };
  }

  /** The production days since the origin; the last one is still running. */
  days(): PotDay[] {
    return [...this.past, this.day()];
  }

  /** t produced since the origin. */
  metalProduced(): number {
    return this.closed.produced + this.day().produced;
  }

  /** The inventory, t: what was there, and what was produced and not tapped. */
  metalInCells(): number {
    return INITIAL_METAL_T + this.metalProduced() - this.scale.total(this.time);
  }
}
