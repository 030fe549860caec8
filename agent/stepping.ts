import { type Input, type Step, step, stepInPlace } from '../rules/engine.ts';
import type { Plan } from '../rules/plan.ts';
import type { State } from '../rules/state.ts';

/** The engine's state, as it goes on from step to step. */
export class Stepping {
  #state: State;
  #spoiled: Error | null = null;

  constructor(state: State) {
    this.#state = state;
  }

  /** Throws once a step in place has ended half-way, so that nothing of what it left is committed or shown. */
  get state(): State {
    if (this.#spoiled) throw this.#spoiled;
    return this.#state;
  }

  set state(state: State) {
    this.#state = state;
  }

  /** Goes on by a step. An operator's entry that cannot be taken leaves all as it was; samples are too many for copies. */
  take(plan: Plan, input: Input): Step['outputs'] {
    const made = input.entries?.length ? step(plan, this.state, input) : this.#inPlace(plan, input);
    this.#state = made.state;
    return made.outputs;
  }

  #inPlace(plan: Plan, input: Input): Step {
    try {
      return stepInPlace(plan, this.state, input);
    } catch (cause) {
      this.#spoiled ??= new Error('a step ended half-way: only a new start goes on, from the last checkpoint', {
        cause,
      });
      throw this.#spoiled;
    }
  }
}
