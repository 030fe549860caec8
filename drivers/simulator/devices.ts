import {
  type AddressSpace,
  type AddVariableOptions,
  type BaseNode,
  DataType,
  type DataValue,
  makeEUInformation,
  type Namespace,
  NodeClass,
  Range,
  type UAObject,
  type UAObjectType,
  type UAVariable,
  Variant,
} from 'node-opcua';
import type { Device, Node, PlcUnit } from './contract.ts';

const SCALES = 'http://opcfoundation.org/UA/Scales/V2/';
const MACHINERY = 'http://opcfoundation.org/UA/Machinery/';

/** UNECE Recommendation 20: code, symbol, name. */
const UNITS: Readonly<Record<PlcUnit, Parameters<typeof makeEUInformation>>> = {
  kW: ['KWT', 'kW', 'kilowatt'],
  kWh: ['KWH', 'kW·h', 'kilowatt hour'],
  kA: ['B22', 'kA', 'kiloampere'],
  V: ['VLT', 'V', 'volt'],
  t: ['TNE', 't', 'tonne (metric ton)'],
  'm3/h': ['MQH', 'm³/h', 'cubic metre per hour'],
};

const euInformation = (unit: PlcUnit): Variant =>
  new Variant({ dataType: DataType.ExtensionObject, value: makeEUInformation(...UNITS[unit]) });

type DeviceOf<Kind> = Extract<Device, { readonly kind: Kind }>;
type Value = ReturnType<Node['value']>;
/** What a variable that shows a node of the PLC answers with; `variantOf` makes of the node's value the variable's. */
export type Show = (node: string, variantOf: (value: Value) => Variant) => () => DataValue;

/** A variable that can only be read, with EngineeringUnits where there is a unit. */
export function withUnit(namespace: Namespace, unit: PlcUnit | undefined, options: AddVariableOptions): UAVariable {
  const readable = { ...options, accessLevel: 'CurrentRead', userAccessLevel: 'CurrentRead' } as const;
  const variable = namespace.addVariable({ ...readable, ...(unit && { typeDefinition: 'AnalogUnitType' }) });
  if (unit) {
    const property = { browseName: { name: 'EngineeringUnits', namespaceIndex: 0 }, dataType: 'EUInformation' };
    namespace.addVariable({
      ...property,
      propertyOf: variable,
      nodeId: `${options.nodeId}.EngineeringUnits`,
      ...(options.modellingRule && { modellingRule: options.modellingRule }),
      value: euInformation(unit),
    });
  }
  return variable;
}

/** The PLC's address space, as far as adding devices takes it. */
export interface Place {
  readonly space: AddressSpace;
  readonly namespace: Namespace;
  readonly show: Show;
}

/** Scales stand among the server's Machines, meters in the PLC's own folder `plant`. */
export function addDevices(place: Place, plant: UAObject, devices: readonly Device[]): void {
  const { space, namespace } = place;
  const machines = space.rootFolder.objects.getFolderElementByName('Machines', space.getNamespaceIndex(MACHINERY));
  const meterType = addMeterType(namespace);
  for (const device of devices) {
    if (device.kind === 'scale') addScale(place, machines as UAObject, device);
    else addMeter(place, plant, meterType, device);
  }
}

/** A SimpleScaleType: its last weighing is the registered weight, the pieces weighed are its production output. */
function addScale({ space, namespace, show }: Place, machines: UAObject, { name, shows }: DeviceOf<'scale'>): void {
  const scales = space.getNamespaceIndex(SCALES);
  const browseName = { name, namespaceIndex: namespace.index };
  const optionals = ['RegisteredWeight.Net', 'RegisteredWeight.WeightId', 'ProductionOutput.TotalPackages'];
  const type = space.findObjectType('SimpleScaleType', scales)!;
  const scale = type.instantiate({ namespace, browseName, nodeId: `s=${name}`, organizedBy: machines, optionals });
  const weightType = space.findDataType('WeightType', scales)!;
  const weight = (net: Value): Variant => {
    const value = space.constructExtensionObject(weightType, { gross: net, net, tare: 0 });
    return new Variant({ dataType: DataType.ExtensionObject, value });
  };
  for (const item of ['CurrentWeight', 'RegisteredWeight']) {
    bind(scale, [item], show(shows.weight, weight));
    at(scale, [item, 'EngineeringUnits']).setValueFromSource(euInformation('t'));
    at(scale, [item, 'EURange']).setValueFromSource(WEIGHING_RANGE);
  }
  bind(scale, ['RegisteredWeight', 'Net'], show(shows.weight, as(DataType.Double)));
  bind(scale, ['RegisteredWeight', 'WeightId'], show(shows.pieceId, as(DataType.String)));
  bind(scale, ['ProductionOutput', 'TotalPackages', 'ItemCount'], show(shows.sequence, as(DataType.UInt32)));
  identify(scale, name);
}

const WEIGHING_RANGE = new Variant({ dataType: DataType.ExtensionObject, value: new Range({ low: 0, high: 50 }) });

function identify(machine: UAObject, serialNumber: string): void {
  const told = {
    Manufacturer: { text: 'Pertonne' },
    SerialNumber: serialNumber,
    ProductInstanceUri: `urn:${serialNumber}`,
  };
  for (const [property, value] of Object.entries(told)) {
    const dataType = property === 'Manufacturer' ? DataType.LocalizedText : DataType.String;
    at(machine, ['Identification', property]).setValueFromSource({ dataType, value });
  }
}

/** What a meter of no standard looks like: a type of its maker's, with units. */
function addMeterType(namespace: Namespace): UAObjectType {
  const componentOf = namespace.addObjectType({ browseName: 'PowerMeterType' });
  const of = { componentOf, dataType: DataType.Double, modellingRule: 'Mandatory' } as const;
  withUnit(namespace, 'kWh', { ...of, browseName: 'ActiveEnergy', nodeId: 's=PowerMeterType-ActiveEnergy' });
  withUnit(namespace, 'kW', { ...of, browseName: 'ActivePower', nodeId: 's=PowerMeterType-ActivePower' });
  return componentOf;
}

function addMeter({ namespace, show }: Place, plant: UAObject, type: UAObjectType, device: DeviceOf<'meter'>): void {
  const { name, shows } = device;
  const meter = type.instantiate({ namespace, browseName: name, nodeId: `s=${name}`, componentOf: plant });
  bind(meter, ['ActiveEnergy'], show(shows.energy, as(DataType.Double)));
  bind(meter, ['ActivePower'], show(shows.power, as(DataType.Double)));
}

const as =
  (dataType: DataType) =>
  (value: Value): Variant =>
    new Variant({ dataType, value });

/** The variable at this place of a device. */
function at(device: UAObject, path: readonly string[]): UAVariable {
  let node: BaseNode | null = device;
  for (const name of path) node = node?.getChildByName(name) ?? null;
  if (node?.nodeClass !== NodeClass.Variable) throw new TypeError(`no variable ${path.join('/')}`);
  return node as UAVariable;
}

function bind(device: UAObject, path: readonly string[], timestamped_get: () => DataValue): void {
  at(device, path).bindVariable({ timestamped_get }, true);
}
