import type { PlantConfig } from '../../config/plant.ts';
import type { Clock } from '../../drivers/driver.ts';
import { realClock, scaledClock } from '../clock.ts';

/** The time that the plant runs in: real, or that of a simulated plant. */
export const clockOf = ({ clock }: Pick<PlantConfig, 'clock'>): Clock => (clock ? scaledClock(clock) : realClock());
