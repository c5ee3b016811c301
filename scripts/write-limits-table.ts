/** Generates the table of limits in `docs/protocol.md`: `npm run generate`. */
import { connectLimitMs } from '../gateway/agent/agent-client.ts';
import { silenceLimits } from '../gateway/agent/silence-watch.ts';
import { urlLimitKiB } from '../gateway/http/app.ts';
import { headLimitKiB } from '../gateway/http/refusals.ts';
import { headersLimitMs } from '../gateway/http/http-server.ts';
import { gatewayOptionsSchema } from '../gateway/options.ts';
import { defaultPlanLimitBytes } from '../mock-agent/prepare/plan-memory.ts';
import { formatCount, formatMs } from '../reports/quantity.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const options = gatewayOptionsSchema.parse({});
const { handshakeMs, probeAfterMs, answerMs } = silenceLimits;

const formatMiB = (bytes: number) => `${bytes / 2 ** 20} MiB`;

writeGeneratedPart(
  'docs/protocol.md',
  'gateway/options.ts',
  markdownTable(
    ['limit', 'value', 'beyond it'],
    [
      [
        'streams at once, including those that wait for the agent',
        `${options.maxStreams} (\`--max-streams\`)`,
        '503 `OVERLOADED`, `Retry-After: 1`',
      ],
      ['body', formatMiB(options.bodyLimitBytes), '413 `PAYLOAD_TOO_LARGE`'],
      [
        'prompt',
        `${formatCount(options.promptLimitChars)} characters (code points)`,
        '413 `PAYLOAD_TOO_LARGE`',
      ],
      ['URL', `${urlLimitKiB} KiB`, '414 `INVALID_REQUEST`'],
      ['URL and headers together', `${headLimitKiB} KiB`, '431 `INVALID_REQUEST`'],
      [
        'arrival of a request',
        `${formatMs(headersLimitMs)} for the headers, ${formatMs(options.requestLimitMs)} in all`,
        '408 `INVALID_REQUEST`',
      ],
      [
        'client that does not read',
        `${formatMs(options.unreadLimitMs)}, noticed after ${formatMs(2 * options.unreadLimitMs)} at the latest`,
        'the connection closes',
      ],
      [
        'agent that sends nothing, not even the answer to a probe',
        formatMs(probeAfterMs + answerMs),
        'an `error` event, code `AGENT_UNAVAILABLE`',
      ],
      [
        'agent that accepts a connection without speaking HTTP/2',
        formatMs(handshakeMs),
        '503 `AGENT_UNAVAILABLE`',
      ],
      ['no connection to the agent', formatMs(connectLimitMs), '503 `AGENT_UNAVAILABLE`'],
      [
        'memory of the mock agent for the plans of all open streams',
        formatMiB(defaultPlanLimitBytes),
        '429 `RATE_LIMITED` (gRPC `RESOURCE_EXHAUSTED`)',
      ],
      [
        'duration of a stream [C5]',
        `${options.streamLimitMs / 60_000} minutes`,
        'an `error` event, code `TIMEOUT`',
      ],
    ],
  ),
);
