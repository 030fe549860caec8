import type { Protocol } from '../driver.ts';
import { type Address, address } from './address.ts';
import { open } from './driver.ts';
import { type Options, options } from './options.ts';

export const opcua: Protocol<Options, Address> = { options, address, open };
