import { AgentFrame, ReaderFrame, SUBPROTOCOL } from '../stream/frames.ts';
import { CLOSE_CODES, ERRORS } from './closing.ts';
import { INFO } from './info.ts';
import { framesOf, schemasAt } from './schemas.ts';

/** The stream as an AsyncAPI 3 document, from the schemas that check its frames. */

const CHANNEL = '#/channels/stream';
const SCHEMAS = '#/components/schemas/';

const list = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .map(([code, text]) => `- \`${code}\`: ${text}`)
    .join('\n');

const ABOUT = `Text frames, one JSON object each. The subprotocol \`${SUBPROTOCOL}\` must be offered, else the upgrade is refused
with 400; 401 is a token that is missing or not valid (\`Authorization: Bearer …\`), 403 a foreign host or origin, 429 too many failed tries
or requests, 503 too many readers. A peer that is silent for two heartbeats is given up;
ping and pong are WebSocket control frames. Within v1 fields are only added: ignore what you do not know.

Where the agent dials out, the platform is the WebSocket's server, and both speak the same frames: \`hello\` from the
agent first, \`subscribe\` from the platform.

Records are durable and come at least once: keep the cursor of the last one that is safe with you, resume from it, drop
what you have by \`(epoch, seq)\`. Live values are ephemeral, the newest wins.

Codes of \`error\` frames, each of which costs the frame only, unless it is repeated:

${list(ERRORS)}

Close codes:

${list(CLOSE_CODES)}`;

const messageOf = (name: string) => ({ name, contentType: 'application/json', payload: { $ref: SCHEMAS + name } });
const messagesOf = (names: readonly string[]) => names.map((name) => ({ $ref: `${CHANNEL}/messages/${name}` }));

/** The document without its servers: only who asks knows where the agent is. */
export function asyncapi(): object {
  const [fromReader, fromAgent] = [Object.keys(framesOf(ReaderFrame)), Object.keys(framesOf(AgentFrame))];
  const messages = Object.fromEntries([...fromReader, ...fromAgent].map((name) => [name, messageOf(name)]));
  return {
    asyncapi: '3.0.0',
    id: 'urn:pertonne:stream:v1',
    info: { ...INFO, title: 'Pertonne stream', description: ABOUT },
    defaultContentType: 'application/json',
    channels: {
      stream: {
        address: '/v1/stream',
        title: `The stream ${SUBPROTOCOL}`,
        messages,
        bindings: { ws: { method: 'GET' } },
        'x-subprotocol': SUBPROTOCOL,
        'x-close-codes': CLOSE_CODES,
        'x-error-codes': ERRORS,
      },
    },
    operations: {
      ask: {
        action: 'receive',
        channel: { $ref: CHANNEL },
        summary: 'What a reader may send',
        messages: messagesOf(fromReader),
      },
      tell: {
        action: 'send',
        channel: { $ref: CHANNEL },
        summary: 'What the agent sends: `hello` first, then what was subscribed',
        messages: messagesOf(fromAgent),
      },
    },
    components: { schemas: schemasAt(SCHEMAS) },
  };
}
