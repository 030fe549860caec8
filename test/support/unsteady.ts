import type { Reporter, TestModule } from 'vitest/node';

/** After a run: which tests held only when they were run once more (CI does so, once); each is a fault to be found. */
export default class Unsteady implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules)
      for (const test of module.children.allTests())
        if (test.diagnostic()?.flaky)
          process.stdout.write(
            `\n Unsteady: ${module.relativeModuleId} > ${test.fullName}: ${reasonOf(test.result())}\n`,
          );
  }
}

const reasonOf = ({ errors = [] }: { readonly errors?: readonly { message: string }[] | undefined }): string =>
  errors.map(({ message }) => message).join('; ');
