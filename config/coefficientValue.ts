import { parseUnit, ratio } from '../rules/units.ts';
import type { Coefficient, CoefficientTable } from './coefficientTable.ts';

/** What a row of a table comes to, or in words why to nothing. */

export interface Quantity {
  readonly value: number;
  readonly unit: string;
}

/** The value of a row, or why it has none. */
export function stated({ value, range, unit, note }: Coefficient, name: string): Quantity | string {
  if (value !== undefined) return { value, unit };
  const own = `a number of your own with unit ${unit}`;
  if (range)
    return `${name} is a range, ${range[0]} … ${range[1]} ${unit}; give a measured lowerHeatingValue, or ${own}`;
  return `${name} has no value${note === undefined ? '' : ` (${note})`}; give ${own}`;
}

/** How far a measured calorific value may be from the table's before its unit is doubted: kcal for kJ is 4.2. */
const FARTHEST = 4;

/** What a measured calorific value comes to: kgce = lower heating value / 29.3076 MJ. */
export function measured(
  { lowerHeatingValue, unit }: { lowerHeatingValue: number; unit: string },
  row: Coefficient,
  { coalEquivalent }: CoefficientTable,
): Quantity | string {
  if (coalEquivalent === undefined)
    return 'a calorific value has no place in this table, which is not of coal equivalents';
  const slash = unit.indexOf('/');
  const megajoules = slash < 0 ? null : ratioOf(unit.slice(0, slash), 'MJ');
  if (megajoules === null) return `${unit} is not an energy per amount, such as MJ/Nm3`;
  const own = { value: (lowerHeatingValue * megajoules) / coalEquivalent, unit: `kgce${unit.slice(slash)}` };
  const factor = ratioOf(own.unit.replace('Nm', 'm'), row.unit.replace('Nm', 'm'));
  if (factor === null) return `${unit}, but the table's row is in ${row.unit}`;
  const [least, most] = row.range ?? [row.value, row.value];
  const far = least === undefined || most === undefined ? null : farFrom(own.value * factor, least, most);
  return far === null ? own : `comes to ${own.value.toPrecision(4)} ${own.unit}, ${far}: check its unit`;
}

function farFrom(value: number, least: number, most: number): string | null {
  if (value > most * FARTHEST) return `${(value / most).toPrecision(2)} times the table's ${most}`;
  return value < least / FARTHEST ? `${(value / least).toPrecision(2)} times the table's ${least}` : null;
}

/** A named coefficient in the unit that its term asks for: 0.4044 kg/kWh as t/kWh. */
export function inUnit({ value, unit }: Quantity, wanted: string | undefined): Quantity | string {
  if (wanted === undefined || wanted === unit) return { value, unit };
  const factor = ratioOf(unit, wanted);
  if (factor === null) {
    const isNormal = ratioOf(unit.replace('Nm', 'm'), wanted.replace('Nm', 'm')) !== null;
    const hint = isNormal ? '; bring the gas to normal cubic metres first and meter it in Nm3' : '';
    return `is in ${unit}, which makes no ${wanted}${hint}`;
  }
  return { value: Number((value * factor).toPrecision(15)), unit: wanted };
}

/** Units that cannot be read make no ratio. */
function ratioOf(a: string, b: string): number | null {
  try {
    return ratio(parseUnit(a), parseUnit(b));
  } catch {
    return null;
  }
}
