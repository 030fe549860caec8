import { isScalar, parseDocument, visit } from 'yaml';

/** Stands where a secret stood. */
export const REMOVED = '[removed]';

const SECRET = /passw(or)?d|passphrase|secret|token|authorization|cookie|credential|api[_-]?key|private[_-]?key/i;
/** Where a secret is kept is none. */
const PLACE = /file$/i;

const isSecret = (key: string): boolean => SECRET.test(key) && !PLACE.test(key);

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REMOVED],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${REMOVED}`],
  [/\bpertonne_[\w-]{40,}/g, REMOVED],
  [/(\/\/)[^\s/@"']+@/g, `$1${REMOVED}@`],
];
/** `key: value`, `key=value`, also in quotes, as logs and settings have them. */
const NAMED = /(["']?)([\w.-]+)\1(\s*[:=]\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,;&}\]]+)/g;

/** The text without what looks like a secret. */
export function redact(text: string): string {
  const plain = PATTERNS.reduce((rest, [pattern, by]) => rest.replaceAll(pattern, by), text);
  return plain.replaceAll(NAMED, (all, quote: string, key: string, between: string) =>
    isSecret(key) ? `${quote}${key}${quote}${between}"${REMOVED}"` : all,
  );
}

/** A YAML file's text without secrets: also those of many lines. What cannot be read as YAML is taken for plain text. */
export function redactYaml(text: string): string {
  const document = parseDocument(text);
  if (document.errors.length > 0) return redact(text);
  visit(document, {
    Pair(_, pair) {
      if (isScalar(pair.key) && isSecret(String(pair.key.value))) pair.value = document.createNode(REMOVED);
    },
  });
  return redact(document.toString({ lineWidth: 0 }));
}
