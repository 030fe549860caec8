import { describe, expect, it } from 'vitest';
import { startPlant, UnknownFault } from '../../drivers/simulator/index.ts';

/** Refused before any socket opens or any key is made: the folder is never touched. */
const start = (fault: string): Promise<unknown> =>
  startPlant({ clock: { now: () => 0 }, origin: 0, seed: 1, faults: [fault], pkiFolder: '/nowhere' });

describe('a fault that is not on the list, or befalls what the plant has not', () => {
  it.each([
    ['flood:mill', /flood:mill: none of dead:, bad:, rollover:, swap:/],
    ['dead:mill-metres', /mill-metres is none of plc, mill-meters, potline-meters, mill-meters\/1/],
    ['dead:mill-meters/9', /mill-meters\/9 is none of/],
    ['bad:Potline.Curent', /Potline.Curent is none of Mill.DrivePower/],
    ['rollover:furnace', /furnace is none of mill, potline/],
    ['swap:rectifier-3@10min', /rectifier-3 is none of mill-drive/],
    ['swap:rectifier-1', /when\? Write swap:<meter>@<duration>/],
    ['swap:rectifier-1@soon', /when\?/],
    ['dead:', /none of/],
  ])('%s is refused', async (fault, message) => {
    const refused = start(fault);
    await expect(refused).rejects.toThrow(UnknownFault);
    await expect(refused).rejects.toThrow(message);
  });
});
