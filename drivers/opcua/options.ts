import { z } from 'zod';
import { Duration, EnvironmentName } from '../../rules/options.ts';
import { acquiring } from './address.ts';

const Url = z.string().regex(/^opc\.tcp:\/\/[^/\s]+/, 'an address such as opc.tcp://192.168.0.10:4840');

export const options = z
  .strictObject({
    url: Url,
    standby: z
      .array(Url)
      .max(7)
      .default([])
      .describe(
        'other servers of the same redundant set: the first that is healthy by its ServiceLevel is used, one at a time',
      ),
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
    passwordEnv: EnvironmentName.optional().describe('environment variable that holds it'),
    userCertificate: z.string().optional().describe('PEM or DER file of a user known by a certificate'),
    userKey: z.string().optional().describe("PEM file of that user's private key"),
    ...acquiring,
    acquisition: acquiring.acquisition.default('poll'),
    publishingInterval: Duration.optional().describe(
      "of a subscription: how often the server reports, in real time; default half of each tag's period",
    ),
    timeout: Duration.prefault('3s').describe('longest wait for an answer, in real time'),
  })
  .superRefine((given, context) => {
    const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    const passwords = [given.passwordFile, given.passwordEnv].filter((one) => one !== undefined).length;
    if (passwords === 2) fault('passwordEnv', 'beside passwordFile: give one');
    if ((given.user === undefined) !== (passwords === 0)) {
      fault('passwordFile', 'user and passwordFile (or passwordEnv) belong together');
    }
    if ((given.userCertificate === undefined) !== (given.userKey === undefined)) {
      fault('userKey', 'userCertificate and userKey belong together');
    }
    if (given.user !== undefined && given.userCertificate !== undefined) {
      fault('userCertificate', 'either a user with a password or one with a certificate');
    }
    if (given.user !== undefined && given.mode === 'None') fault('user', 'a password is not sent over mode None');
    if (given.userCertificate !== undefined && given.mode === 'None') {
      fault('userCertificate', 'a user does not identify itself over mode None');
    }
  });
export type Options = z.infer<typeof options>;
