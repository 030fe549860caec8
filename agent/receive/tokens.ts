import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether an Authorization header brings one of the tokens of `file`, one a line; what it takes to compare tells nothing. */
export function bearerCheck(file: string): (authorization: string | undefined) => boolean {
  const known = file
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(digest);
  return (authorization) => {
    const given = digest(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
    return known.map((token) => timingSafeEqual(token, given)).includes(true);
  };
}
