import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command of a document, and what the document says of it. */
export interface Step {
  readonly line: number;
  readonly command: string;
  /** Why it is not run here, as a comment before it says: `<!-- not run: it needs … -->`. */
  readonly unrun: string | null;
  /** What it ends with: `<!-- ends with 3 -->` before it. */
  readonly code: number;
  /** What is running is ended before: `<!-- stopped -->`. */
  readonly stopped: boolean;
  /** What the document shows as its output. */
  readonly shows: string | null;
}

const root = join(import.meta.dirname, '../..');
const TOKEN = /^<!-- (?<note>not run: .+|ends with \d+|stopped) -->$|^```(?<language>\w*)\n(?<block>[\s\S]*?)^```$/gm;

/** The commands of a document in their order: its blocks of `sh`, with the blocks of `text` that show their output. */
export function stepsOf(file: string): Step[] {
  const text = readFileSync(join(root, file), 'utf8');
  const steps: Step[] = [];
  let notes: string[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const { note, language, block = '' } = match.groups!;
    if (note !== undefined) notes.push(note);
    else if (language === 'sh') {
      const line = text.slice(0, match.index).split('\n').length;
      steps.push({ line, command: block, ...said(notes), shows: null });
      notes = [];
    } else if (language === 'text') steps.push({ ...steps.pop()!, shows: block });
  }
  return steps;
}

function said(notes: readonly string[]): Pick<Step, 'unrun' | 'code' | 'stopped'> {
  const after = (start: string): string | undefined =>
    notes.find((note) => note.startsWith(start))?.slice(start.length);
  return {
    unrun: after('not run: ') ?? null,
    code: Number(after('ends with ') ?? 0),
    stopped: notes.includes('stopped'),
  };
}

/** Lines that must be among those of the output, whatever the numbers in them; one that ends in … goes on differently. */
export function missingFrom(output: string, shows: string): string[] {
  const plain = (text: string): string =>
    text
      .replace(/[0-9A-F]{40,64}|\d[\d.:TZ-]*/g, '#')
      .replace(/\s+/g, ' ')
      .trim();
  const lines = output.split('\n').map(plain);
  const isThere = (wanted: string): boolean => {
    const [start, goesOn] = [plain(wanted.replace(/…$/, '')), wanted.endsWith('…')];
    return lines.some((line) => (goesOn ? line.startsWith(start) : line === start));
  };
  return shows.split('\n').filter((line) => line.trim() !== '' && !isThere(line));
}
