import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 put all new objects among the young ones, where those that are soon gone cost next to nothing. By itself it learns
 * in a plant's first minute, when all that is made stays, which lines of code make what stays, and from then on puts every
 * figure that they make among the old ones, of a large plant at the cost of a tenth of all time. For the whole process,
 * before the first of the rules run.
 */
export function keepObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
