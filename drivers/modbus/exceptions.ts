/** Modbus Application Protocol V1.1b3, section 7; 07 is from the older Modicon guide (PI-MBUS-300). */
const MEANING: Record<number, string> = {
  1: 'the device does not know this function',
  2: 'the device has no such register',
  3: 'the device refuses this length or value',
  4: 'the device failed while it carried the request out',
  5: 'the device accepted the request but needs longer to answer',
  6: 'the device is busy',
  7: 'the device cannot do what was asked',
  8: 'the device found its memory damaged',
  9: 'a code that the standard keeps back',
  10: 'the gateway has no path to the unit',
  11: 'the unit behind the gateway does not answer',
};

/** The device's refusal in plain words, with its code as manuals print it. */
export const exceptionReason = (code: number): string =>
  `Modbus exception ${code.toString(16).toUpperCase().padStart(2, '0')}: ${MEANING[code] ?? 'unknown to the standard'}`;

/** The device may answer the same request a moment later. */
export const isBusy = (code: number): boolean => code === 5 || code === 6;

/** One of the registers asked for may be the reason. */
export const isRefusal = (code: number): boolean => code === 2 || code === 3;

/** A gateway speaks for a unit that it does not reach. */
export const isGateway = (code: number): boolean => code === 10 || code === 11;
