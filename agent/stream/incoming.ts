import { FrameFault } from './fault.ts';
import { ReaderFrame } from './frames.ts';

/** A reader's frame from its text. Throws FrameFault. */
export function readerFrame(text: string): ReaderFrame {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FrameFault('bad-frame', 'no JSON');
  }
  const { data, error } = ReaderFrame.safeParse(json);
  if (data) return data;
  const issue = error.issues[0];
  throw new FrameFault('bad-frame', `${issue?.path.join('.') || 'frame'}: ${issue?.message}`, idOf(json));
}

function idOf(json: unknown): string | undefined {
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : undefined;
  return typeof id === 'string' ? id.slice(0, 64) : undefined;
}
