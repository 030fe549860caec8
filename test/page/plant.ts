import { PlantDescription } from '../../agent/http/contract.ts';

export const HOSTILE = '<img src=x onerror="document.title=1">';

const name = (en: string, zh: string) => ({ en, zh });
const all = ['minute', 'quarterHour', 'hour', 'shift', 'day', 'month'];
const metric = (id: string, en: string, zh: string, unit: string, op: '<=' | '>=' = '<=', bound?: number) => ({
  id,
  name: name(en, zh),
  unit,
  windows: all,
  limit: bound === undefined ? null : { indicator: null, op, bound, quote: null },
});
type Meter = PlantDescription['lines'][number]['meters'][number];
const ENTRIES: Readonly<Record<string, Meter['entries']>> = {
  steel: ['piece', 'correction'],
  electricity: ['swap'],
  'liquid aluminium': ['inventory', 'cells'],
};
const meter = (id: string, en: string, zh: string, unit: string, quantity: string): Meter => ({
  id,
  name: name(en, zh),
  unit,
  quantity,
  entries: ENTRIES[quantity] ?? [],
});

/** A signal of the mill, the potline, or of neither; without a name it goes by its id. */
const tag = (id: string, endpoint: string, lines: string[], en?: string, zh?: string) => ({
  id,
  endpoint,
  lines,
  unit: 'kWh',
  scale: 1,
  name: en === undefined || zh === undefined ? null : name(en, zh),
});
const TAGS = [
  tag('mill.kwh', 'mill-meters', ['mill-1'], 'Electricity meter', '电能表'),
  tag('mill.water', 'mill-meters', ['mill-1'], 'New water meter', '新水表'),
  tag('mill.gas', 'mill-meters', ['mill-1'], 'Gas meter', '煤气表'),
  tag('mill.coil', 'plc', ['mill-1'], 'Weight of coil scale', '卷秤重量'),
  tag('mill.power', 'plc', [], 'Drive power', '主传动功率'),
  tag('pot.current', 'plc', ['potline-1'], 'Line current', '系列电流'),
  tag('pot.cells', 'plc', ['potline-1'], 'Cells in operation', '运行槽数'),
  tag('pot.voltage', 'plc', [], 'Line voltage', '系列电压'),
  tag(HOSTILE, 'plc', ['mill-1']),
];

/** A mill with five signals, a potline with 24, and two that are in no figure. */
export const plant: PlantDescription = PlantDescription.parse({
  agent: 'demo',
  equipment: 'acme/baise',
  timeZone: 'Asia/Shanghai',
  speed: 60,
  simulated: true,
  lines: [
    {
      id: 'mill-1',
      name: name('Rolling mill 1', '1号轧机'),
      kind: 'rolling-mill',
      equipment: 'acme/baise/hot-mill/mill-1',
      main: 'mill-1.energy_per_tonne',
      load: null,
      metrics: [
        metric('mill-1.energy_per_tonne', 'Electricity per tonne', '吨材电耗', 'kWh/t', '<=', 600),
        metric('mill-1.process_energy', 'Process energy', '工序能耗', 'kgce/t', '<=', 102),
        metric('mill-1.water', 'New water per tonne', '吨钢耗新水', 'm3/t', '<=', 2.7),
        metric('mill-1.yield', 'Yield', '成材率', '%', '>=', 96),
        metric('mill-1.idle', 'Idle energy share', '空载电耗占比', '%'),
      ],
      meters: [
        meter('mill-1.steel', 'Rolled steel', '轧材产量', 't', 'steel'),
        meter('mill-1.kwh', 'Electricity', '用电量', 'kWh', 'electricity'),
        meter('mill-1.m3', 'New water', '新水量', 'm3', 'new water'),
        meter('mill-1.gas', 'Blast-furnace gas', '高炉煤气', 'm3', 'gas'),
      ],
    },
    {
      id: 'potline-1',
      name: name('Potline 1', '电解一系列'),
      kind: 'potline',
      equipment: 'acme/baise/potroom-2/potline-1',
      main: 'potline-1.ac_power',
      load: 'pot.current',
      metrics: [
        metric('potline-1.ac_power', 'AC power consumption of liquid aluminium', '铝液交流电耗', 'kWh/t', '<=', 13_000),
        metric('potline-1.dc_energy', 'DC energy per tonne', '直流电耗', 'kWh/t'),
        metric('potline-1.efficiency', 'Current efficiency', '电流效率', '%', '>=', 93),
        metric('potline-1.rectifier', 'Rectifier efficiency', '整流效率', '%', '>=', 97.5),
        metric('potline-1.water', 'New water per tonne', '吨铝耗新水', 'm3/t', '<=', 2.5),
      ],
      meters: [
        meter('potline-1.metal', 'Liquid aluminium', '铝液产量', 't', 'liquid aluminium'),
        meter('potline-1.rectifier-1', 'Rectifier 1, AC', '1号整流机组', 'kWh', 'electricity'),
        meter('potline-1.rectifier-2', 'Rectifier 2, AC', '2号整流机组', 'kWh', 'electricity'),
        meter('potline-1.m3', 'New water', '新水量', 'm3', 'new water'),
      ],
    },
  ],
  endpoints: [
    { id: 'plc', protocol: 'opcua' },
    { id: 'mill-meters', protocol: 'modbus' },
    { id: 'rectifiers', protocol: 'modbus' },
  ],
  tags: [...TAGS, ...Array.from({ length: 22 }, (_, i) => tag(`rectifier.${i + 1}`, 'rectifiers', ['potline-1']))],
});
