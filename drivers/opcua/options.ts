import { z } from 'zod';
import { Duration } from '../../rules/options.ts';

export const options = z
  .strictObject({
    url: z.string().regex(/^opc\.tcp:\/\/[^/\s]+/, 'an address such as opc.tcp://192.168.0.10:4840'),
    mode: z
      .enum(['None', 'Sign', 'SignAndEncrypt'])
      .default('SignAndEncrypt')
      .describe('None only where the network is trusted: anyone on it can then forge values'),
    policy: z.enum(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss']).default('Basic256Sha256'),
    serverCertificate: z
      .string()
      .optional()
      .describe('PEM or DER file of the server, put on the trust list; else an operator moves it there'),
    user: z.string().min(1).optional().describe('user name; anonymous when none is given'),
    passwordFile: z.string().optional().describe("file that holds the user's password"),
    timeout: Duration.prefault('3s').describe('longest wait for an answer, in real time'),
  })
  .superRefine((given, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if ((given.user === undefined) !== (given.passwordFile === undefined)) {
      fault('passwordFile', 'user and passwordFile belong together');
    }
    if (given.user !== undefined && given.mode === 'None') fault('user', 'a password is not sent over mode None');
  });
export type Options = z.infer<typeof options>;

const IDENTIFIER = 'i=\\d+|s=.+|g=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|b=[a-z0-9+/]+={0,2}';
const NODE = new RegExp(`^(?:ns=\\d+;|nsu=[^;]+;)?(?:${IDENTIFIER})$`, 'i');

/** A tag's place in a server. `nsu=<uri>` is better than `ns=<index>`, which may change when the server restarts. */
export const address = z.strictObject({
  node: z
    .string()
    .regex(NODE, 'a NodeId such as nsu=urn:maker:plc;s=Mill.Power or ns=2;i=1042')
    .refine((node) => below(node, /^ns=(\d+)/i, 2 ** 16), 'a namespace index is below 65536')
    .refine((node) => below(node, /^(?:nsu?=[^;]+;)?i=(\d+)$/i, 2 ** 32), 'a numeric id is below 4294967296'),
});
export type Address = z.infer<typeof address>;

function below(node: string, number: RegExp, bound: number): boolean {
  return Number(number.exec(node)?.[1] ?? 0) < bound;
}
