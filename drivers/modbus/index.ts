import type { Protocol } from '../driver.ts';
import { type Address, address } from './address.ts';
import { open } from './driver.ts';
import { lineOf, type Options, options } from './options.ts';

export const modbus: Protocol<Options, Address> = { options, address, open, lineOf };
