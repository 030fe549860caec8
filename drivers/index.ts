import { modbus } from './modbus/index.ts';
import { opcua } from './opcua/index.ts';

/** Every protocol by its name in the plant's file. A new one is a folder and a line here. */
export const protocols = { opcua, modbus };
