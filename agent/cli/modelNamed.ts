import { join } from 'node:path';
import { describeFaults } from '../../config/faults.ts';
import { readShelf } from '../../config/library.ts';
import type { Model } from '../../config/model.ts';
import { didYouMean } from '../../config/suggest.ts';
import { UsageError } from './usage.ts';

/** The line model of that name; throws UsageError naming those that there are. */
export async function modelNamed(name: string): Promise<Model> {
  const { names, volumes, faults } = await readShelf('models', [name], join(process.cwd(), 'plant.yaml'));
  if (faults.length > 0) throw new UsageError(describeFaults(faults));
  const model = volumes.get(name);
  if (!model)
    throw new UsageError(
      `no line model named "${name}"${didYouMean(name, names)}; there are ${names.toSorted().join(', ')}`,
    );
  return model;
}
