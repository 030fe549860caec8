/** A mill in a handful of tags. */
export const MILL = `version: 1
agent: mill
plant: { path: acme/baise }
indicators: guangxi-2025
lines:
  - id: mill-1
    model: rolling-mill
    meters:
      feeder: [{ tag: drive, maxRate: 100000 }, { tag: aux, maxRate: 20000 }]
      furnace: { tag: gas, maxRate: 9000, energy: { table: gb-t-2589-2020/natural-gas, lowerHeatingValue: 35, unit: MJ/Nm3 } }
      water: { tag: water, maxRate: 3000, scale: 0.001 }
      circulating: { tag: circulating, maxRate: 30000 }
      slabs: { tag: slab.number, amountTag: slab.weight }
      coils: { tag: coil.number, amountTag: coil.weight }
endpoints: [{ id: bus, protocol: modbus, host: 127.0.0.1 }]
tags:
  - { id: drive, endpoint: bus, unit: kWh, address: { register: 0, type: uint32 } }
  - { id: aux, endpoint: bus, unit: kWh, address: { register: 2, type: uint32 } }
  - { id: gas, endpoint: bus, unit: Nm3, address: { register: 4, type: uint32 } }
  - { id: water, endpoint: bus, unit: L, address: { register: 6, type: uint32 } }
  - { id: circulating, endpoint: bus, unit: m3, address: { register: 8, type: uint32 } }
  - { id: slab.number, endpoint: bus, unit: "1", address: { register: 10, type: uint32 } }
  - { id: slab.weight, endpoint: bus, unit: t, address: { register: 12, type: float32 } }
  - { id: coil.number, endpoint: bus, unit: "1", address: { register: 14, type: uint32 } }
  - { id: coil.weight, endpoint: bus, unit: t, address: { register: 16, type: float32 } }
`;
