import type { PlantConfig } from '../config/plant.ts';
import { describe } from './describe.ts';
import type { PlantDescription } from './http/contract.ts';

/** The configuration in force, and what those who look are told of it. */
export class Current {
  readonly #how: { readonly speed: number | null; readonly simulated: boolean };
  #config: PlantConfig;
  #plant: PlantDescription;
  #units: ReadonlyMap<string, { readonly unit: string; readonly scale: number }>;

  constructor(config: PlantConfig, how: { readonly speed: number | null; readonly simulated: boolean }) {
    this.#how = how;
    this.#config = config;
    this.#plant = describe(config, how.speed, how.simulated);
    this.#units = unitsOf(config);
  }

  get config(): PlantConfig {
    return this.#config;
  }

  /** The same object as long as the configuration is. */
  get plant(): PlantDescription {
    return this.#plant;
  }

  /** One count of a tag is `scale` of this unit. */
  get units(): ReadonlyMap<string, { readonly unit: string; readonly scale: number }> {
    return this.#units;
  }

  become(config: PlantConfig): void {
    this.#config = config;
    this.#plant = describe(config, this.#how.speed, this.#how.simulated);
    this.#units = unitsOf(config);
  }
}

const unitsOf = ({ tags }: PlantConfig) => new Map(tags.map(({ id, unit, scale }) => [id, { unit, scale }]));
