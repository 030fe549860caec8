import type { ERROR_CODES } from './frames.ts';

/** A reader's frame that cannot be followed; costs the frame, and the connection only when repeated. */
export class FrameFault extends Error {
  override name = 'FrameFault';
  readonly code: (typeof ERROR_CODES)[number];
  /** The subscription that the frame was about. */
  readonly id: string | undefined;

  constructor(code: (typeof ERROR_CODES)[number], message: string, id?: string) {
    super(message);
    this.code = code;
    this.id = id;
  }
}
