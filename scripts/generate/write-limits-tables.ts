/** Generates the tables of limits in `docs/protocol.md` and `docs/scenarios.md`: `npm run generate`. */
import { connectLimitMs } from '../../gateway/agent/agent-client.ts';
import { messageLimitBytes } from '../../gateway/agent/agent-channels.ts';
import { longestProbeAfterMs } from '../../gateway/agent/frame-tap.ts';
import { silenceLimits } from '../../gateway/agent/silence-watch.ts';
import { urlLimitKiB } from '../../gateway/http/app.ts';
import { idleLimitMs, mostStreams } from '../../gateway/connections/http2-sessions.ts';
import { mostMetadata, mostMetadataBytes } from '../../gateway/http/read-request.ts';
import { headLimitKiB } from '../../gateway/connections/refusals.ts';
import { headersLimitMs } from '../../gateway/connections/http-server.ts';
import { gatewayOptionsSchema } from '../../gateway/options.ts';
import { defaultPlanLimitBytes } from '../../mock-agent/prepare/plan-memory.ts';
import { longestText } from '../../mock-agent/text/text.ts';
import { formatCount, formatMs, formatRatio } from '../../reports/quantity.ts';
import { defaultBounds } from '../../reports/verdict/validity.ts';
import { mostAliases } from '../../scenarios/file/parse-yaml.ts';
import { longestFileBytes } from '../../scenarios/file/read-scenario.ts';
import { mostTraceBytes } from '../../scenarios/file/traffic-beside.ts';
import { deepest, mostTokens } from '../../scenarios/file/yaml-bounds.ts';
import { mostTurns } from '../../scenarios/load/profile/conversation.ts';
import { mostAtOnce, mostPerProcess } from '../../scenarios/load/profile/profile.ts';
import { mostShards } from '../../scenarios/load/profile/shard.ts';
import { mostPromptTokens, mostTraceRequests } from '../../scenarios/load/profile/traffic.ts';
import { latestMs, longestWaitMs } from '../../scenarios/shards/run-shard.ts';
import { markdownTable, writeGeneratedPart } from './generated-part.ts';

const options = gatewayOptionsSchema.parse({});
const { handshakeMs, probeAfterMs, answerMs } = silenceLimits;

const formatKiB = (bytes: number) => `${bytes / 2 ** 10} KiB`;
const formatMiB = (bytes: number) => `${bytes / 2 ** 20} MiB`;
const formatMinutes = (ms: number) => `${ms / 60_000} minutes`;

writeGeneratedPart(
  'docs/protocol.md',
  'gateway/options.ts',
  markdownTable(
    ['limit', 'value', 'beyond it'],
    [
      [
        'streams at once, including those that wait for the agent (`--max-streams`)',
        options.maxStreams,
        '503 `OVERLOADED`, `Retry-After: 1`',
      ],
      ['body (`--body-limit`)', formatMiB(options.bodyLimitBytes), '413 `PAYLOAD_TOO_LARGE`'],
      [
        'prompt (`--prompt-limit`)',
        `${formatCount(options.promptLimitChars)} characters (code points)`,
        '413 `PAYLOAD_TOO_LARGE`',
      ],
      ['URL', `${urlLimitKiB} KiB`, '414 `INVALID_REQUEST`'],
      ['URL and headers together', `${headLimitKiB} KiB`, '431 `INVALID_REQUEST`'],
      [
        'metadata of a request for the agent',
        `${mostMetadata} values, ${formatKiB(mostMetadataBytes)} together`,
        '400 `INVALID_REQUEST`',
      ],
      [
        'arrival of a request (`--request-limit`)',
        `${formatMs(headersLimitMs)} for the headers, ${formatMs(options.requestLimitMs)} in all`,
        '408 `INVALID_REQUEST`',
      ],
      [
        'client that does not read (`--unread-limit`)',
        `${formatMs(options.unreadLimitMs)}, noticed after ${formatMs(2 * options.unreadLimitMs)} at the latest`,
        'the connection closes',
      ],
      ['streams of one HTTP/2 connection', mostStreams, 'further ones wait at the client'],
      ['HTTP/2 connection between two streams', formatMs(idleLimitMs), 'the connection closes'],
      [
        'message of the agent',
        formatMiB(messageLimitBytes),
        'an `error` event, code `GENERATION_ERROR`',
      ],
      [
        'silence of an agent with open calls until it is probed',
        formatMs(probeAfterMs),
        `a probe; after \`ENHANCE_YOUR_CALM\` the time doubles, up to ${formatMinutes(longestProbeAfterMs)}`,
      ],
      [
        'answer of the agent to a probe',
        formatMs(answerMs),
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
        'duration of a stream [C5] (`--stream-limit`)',
        formatMinutes(options.streamLimitMs),
        'an `error` event, code `TIMEOUT`',
      ],
    ],
  ),
);

writeGeneratedPart(
  'docs/scenarios.md',
  'the limits of scenarios',
  markdownTable(
    ['limit', 'value'],
    [
      [
        'scenario file',
        `${formatKiB(longestFileBytes)}, ${formatCount(mostTokens)} YAML tokens, ${deepest} levels, ${mostAliases} uses of aliases`,
      ],
      ['text, or prompt in a traffic trace', `${formatCount(longestText)} characters`],
      ['generated prompt of a traffic trace', `${formatCount(mostPromptTokens)} tokens`],
      ['traffic trace', `${formatCount(mostTraceRequests)} requests, ${formatMiB(mostTraceBytes)}`],
      ['turns of a conversation, requests for one turn', formatCount(mostTurns)],
      ['streams at once, or arrivals per second', formatCount(mostAtOnce)],
      ['the same in one process', formatCount(mostPerProcess)],
      ['shards of a load', formatCount(mostShards)],
      ['time until the common start of shards', `${longestWaitMs / 3_600_000} hours`],
      ['lateness of a shard at the common start', formatMs(latestMs)],
    ],
  ),
);

const { clientLoopDelayMs, clientReadMs, agentLatenessMs, startLagMs, shardStartMs, drift } =
  defaultBounds;

writeGeneratedPart(
  'docs/scenarios.md',
  'reports/verdict/validity.ts',
  markdownTable(
    ['measured', 'invalid above'],
    [
      ['delay of the load client’s event loop, 99th percentile', formatMs(clientLoopDelayMs)],
      ['load client, reading what the gateway had sent, 99th percentile', formatMs(clientReadMs)],
      ['mock agent, sending chunks, 99th percentile', formatMs(agentLatenessMs)],
      ['start of requests, 99th percentile', formatMs(startLagMs)],
      ['time between the first and the last start of shards', formatMs(shardStartMs)],
      [
        'change of the median first chunk or interval from the first third of the window to the last, less what chance explains',
        formatRatio(drift),
      ],
    ],
  ),
);
