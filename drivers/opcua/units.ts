import { isKnown, parseUnit, ratio, type Unit } from '../../rules/units.ts';

/** UNECE Recommendation 20, as OPC UA Part 8, 5.6.3 has it packed into a unitId. */
const CODES: Readonly<Record<string, string>> = {
  ...{ WTT: 'W', KWT: 'kW', MAW: 'MW', A90: 'GW', WHR: 'Wh', KWH: 'kWh', MWH: 'MWh', GWH: 'GWh' },
  ...{ JOU: 'J', KJO: 'kJ', '3B': 'MJ', GV: 'GJ', D44: 'var', KVR: 'kvar', MAR: 'Mvar', K3: 'kvarh', MAH: 'Mvarh' },
  ...{ D46: 'VA', KVA: 'kVA', MVA: 'MVA', AMP: 'A', B22: 'kA', '4K': 'mA', AMH: 'Ah', TAH: 'kAh' },
  ...{ VLT: 'V', KVT: 'kV', '2Z': 'mV', HTZ: 'Hz', KHZ: 'kHz', MHZ: 'MHz' },
  ...{ MGM: 'mg', GRM: 'g', KGM: 'kg', TNE: 't', KTN: 'kt', KGS: 'kg/s', E93: 'kg/h', E18: 't/h' },
  ...{ LTR: 'L', DMQ: 'L', MTQ: 'm3', NM3: 'Nm3', E32: 'L/h', L2: 'L/min', G51: 'L/s', MQH: 'm3/h', MQS: 'm3/s' },
  ...{ MMT: 'mm', CMT: 'cm', MTR: 'm', KMT: 'km', MTK: 'm2', KMH: 'km/h', MTS: 'm/s' },
  ...{ C26: 'ms', SEC: 's', MIN: 'min', HUR: 'h', DAY: 'd', CEL: '°C', FAH: '°F', KEL: 'K' },
  ...{ PAL: 'Pa', A97: 'hPa', KPA: 'kPa', MPA: 'MPa', BAR: 'bar', MBR: 'mbar', P1: '%', NX: '‰', '59': 'ppm' },
};
const CEFACT = /^https?:\/\/(www\.)?opcfoundation\.org\/UA\/units\/un\/cefact/i;

/** What a server gives as EngineeringUnits. */
export interface EngineeringUnits {
  readonly namespaceUri: string | null;
  readonly unitId: number;
  readonly displayName: { readonly text?: string | null } | null;
}

/** The unit in our own symbols; null when it is none that we know. */
export function unitOf({ namespaceUri, unitId, displayName }: EngineeringUnits): string | null {
  const byCode = CEFACT.test(namespaceUri ?? '') ? CODES[codeOf(unitId)] : undefined;
  if (byCode !== undefined) return byCode;
  const text = withoutVariants(displayName?.text ?? '');
  const unit = parsed(text);
  return Object.values(CODES).includes(text) || (unit && isKnown(unit)) ? text : null;
}

const codeOf = (unitId: number): string =>
  String.fromCharCode(...[unitId >>> 16, unitId >>> 8, unitId].map((byte) => byte & 0xff).filter((byte) => byte > 0));

const withoutVariants = (text: string): string =>
  text.trim().replaceAll('³', '3').replaceAll('²', '2').replace('℃', '°C').replace(/^℉$/, '°F');

function parsed(text: string): Unit | null {
  try {
    return parseUnit(text);
  } catch {
    return null;
  }
}

/** Why a tag with this unit cannot be what the server gives; null when both are the same, or the server's is unknown. */
export function mismatch(configured: string, given: EngineeringUnits): string | null {
  const own = unitOf(given);
  const [ours, theirs] = [parsed(withoutVariants(configured)), own === null ? null : parsed(own)];
  if (!ours || !theirs || ratio(ours, theirs) === 1) return null;
  return `the server gives it in ${own}, the configuration says ${configured}`;
}
