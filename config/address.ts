import { protocols } from '../drivers/index.ts';
import { parseUnit, ratio } from '../rules/units.ts';
import { type Complaint, complaintsOf, inWords, type Path } from './faults.ts';
import { type Library, type Profile, pointAddress } from './library.ts';
import { type Draft, listOf, type Tag } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** A tag's address as its driver takes it, and what one count there means. */
export interface Place {
  readonly address: unknown;
  readonly unit: string;
  /** `unit` per count, as the profile has it; 1 for an address of the plant's own. */
  readonly scale: number;
  readonly isFloat32: boolean;
}

export interface Places {
  /** By tag; one whose address is refused, or whose endpoint is unknown, is left out. */
  readonly places: ReadonlyMap<string, Place>;
  readonly complaints: readonly Complaint[];
}

/** Names of the meter profiles that the tags refer to. */
export const profilesIn = (draft: Draft): string[] =>
  draft.tags.flatMap((tag) => (typeof tag?.address?.profile === 'string' ? [tag.address.profile] : []));

type ProtocolName = keyof typeof protocols;

/** The protocol of each endpoint, of refused ones too, so that the addresses of their tags are judged all the same. */
export const protocolsIn = (file: Readonly<Record<string, unknown>>): ReadonlyMap<string, ProtocolName> =>
  new Map(
    listOf(file.endpoints).flatMap((entry): [string, ProtocolName][] => {
      const { id, protocol } = (entry ?? {}) as { id?: unknown; protocol?: unknown };
      return Object.hasOwn(protocols, String(protocol)) ? [[String(id), protocol as ProtocolName]] : [];
    }),
  );

/** Has every tag's address checked by the protocol of its endpoint, a meter profile's point filled in before. */
export function findPlaces(
  draft: Draft,
  endpoints: ReadonlyMap<string, ProtocolName>,
  profiles: Library<Profile>,
): Places {
  const places = new Map<string, Place>();
  const complaints: Complaint[] = [];
  draft.tags.forEach((tag, index) => {
    if (!tag) return;
    const { endpoint, address, acquired } = tag;
    if (acquired) {
      places.set(tag.id, { address: null, unit: tag.unit ?? 'sample', scale: 1, isFloat32: false });
      return;
    }
    const protocol = endpoints.get(endpoint ?? '');
    if (endpoint !== undefined && !protocol) return;
    const path = ['tags', index];
    const found = protocol && address ? placeOf({ ...tag, address }, protocol, profiles, path) : ofSamples(tag, path);
    if (Array.isArray(found)) complaints.push(...found);
    else places.set(tag.id, found);
  });
  return { places, complaints };
}

/** A tag that no device is asked for: samples of it come from a file. */
const ofSamples = ({ unit }: Tag, path: Path): Place | Complaint[] =>
  unit === undefined
    ? [{ path: [...path, 'unit'], message: 'missing' }]
    : { address: null, unit, scale: 1, isFloat32: false };

type Addressed = Tag & { readonly address: NonNullable<Tag['address']> };

function placeOf(tag: Addressed, protocol: ProtocolName, profiles: Library<Profile>, path: Path): Place | Complaint[] {
  const written =
    tag.address.profile === undefined ? { address: tag.address } : ofProfile(tag, protocol, profiles, path);
  if (Array.isArray(written)) return written;
  const schema = protocols[protocol].address;
  const { data: address, error } = schema.safeParse(written.address, { error: inWords });
  if (error) return complaintsOf(error, [...path, 'address']);
  const { point } = written;
  const unit = tag.unit ?? point?.unit;
  if (unit === undefined) return [{ path: [...path, 'unit'], message: 'missing' }];
  if (point && !isSameUnit(unit, point.unit))
    return [{ path: [...path, 'unit'], message: `${unit}, but the profile's point is in ${point.unit}` }];
  return { address, unit, scale: point?.scale ?? 1, isFloat32: 'type' in address && address.type === 'float32' };
}

interface Written {
  readonly address: Readonly<Record<string, unknown>>;
  readonly point?: Profile['points'][string];
}

/** What the tag says beside profile and point goes before what the point says. */
function ofProfile(
  tag: Addressed,
  protocol: ProtocolName,
  profiles: Library<Profile>,
  path: Path,
): Written | Complaint[] {
  const { profile: profileName, point: pointName, ...own } = tag.address;
  const complain = (key: string, message: string): Complaint[] => [{ path: [...path, 'address', key], message }];
  const profile = profiles.volumes.get(String(profileName));
  if (!profile) {
    // A profile that is there and was refused has its own faults, in its own file.
    if (profiles.names.includes(String(profileName))) return [];
    return complain('profile', noNamed('profile', profileName, profiles.names));
  }
  if (profile.protocol !== protocol)
    return complain('profile', `is for ${profile.protocol}, the endpoint "${tag.endpoint}" speaks ${protocol}`);
  const point = Object.hasOwn(profile.points, String(pointName)) ? profile.points[String(pointName)] : undefined;
  if (!point) return complain('point', noNamed('point', pointName, Object.keys(profile.points)));
  return { address: { ...pointAddress(profile, String(pointName)), ...own }, point };
}

function noNamed(kind: string, name: unknown, known: readonly string[]): string {
  if (name === undefined) return `missing: ${known.join(', ')}`;
  return `no ${kind} named ${JSON.stringify(name)}${didYouMean(String(name), known)}`;
}

/** Units that cannot be read are complained of elsewhere. */
function isSameUnit(a: string, b: string): boolean {
  try {
    return ratio(parseUnit(a), parseUnit(b)) === 1;
  } catch {
    return true;
  }
}
