/** For logs that are as they were written. */
export const unexpected = (what: string): never => {
  throw new Error(`${what} is not as it was written`);
};
