import {
  describeResponse,
  headerOf,
  isStream,
  messagesOf,
  streamType,
  textOf as textOfMessages,
} from '../../clauses/stream-facts.ts';
import { departed, firstDeviation, kept, notTestable, type Judgement } from '../../judgement.ts';
import type { SeenResponse } from '../../seen.ts';
import { problemOf } from '../request-bytes.ts';
import type { SeenCall } from '../seen.ts';
import {
  isComplete,
  notComplete,
  ofComplete,
  placeOf,
  textOf,
  type AgentClause,
} from './call-facts.ts';

/** A and health: the interface. */
export const interfaceClauses: readonly AgentClause[] = [
  {
    id: 'A2-reading',
    title: 'a call without a model',
    says: '`model` defaults. A gateway may leave the default to the agent: a call whose `model` is empty is served.',
    probes: ['story', 'no-model'],
    judge: (seen) =>
      ofComplete(seen('story').calls, () =>
        served(seen('no-model').calls, 'a call without a model is served'),
      ),
  },
  {
    id: 'A5',
    title: 'the service, its method and the five fields',
    says: '`AIAgentService`, server-streaming `GenerateTextStream(GenerateRequest) returns (stream StreamChunk)`. `GenerateRequest`: prompt, model. `StreamChunk`: delta, is_final, error.',
    probes: ['story'],
    judge: (seen) =>
      firstDeviation(
        [
          served(seen('story').calls, 'chunks and the status OK'),
          ...seen('story').calls.map(specified),
        ],
        describeText(seen('story').calls),
      ),
  },
  {
    id: 'A5-reading',
    title: 'unknown fields and metadata are ignored',
    says: 'Whatever else travels is in further fields or metadata; an agent that knows only the five fields works with it.',
    probes: ['unknown-fields'],
    judge: (seen) =>
      served(seen('unknown-fields').calls, 'a call with unknown fields and metadata is served'),
  },
  {
    id: 'health-reading',
    title: 'health by grpc.health.v1',
    says: 'The agent reports its health, and that of its service, by `grpc.health.v1.Health`, so that gateways and probes know when it can be used.',
    probes: ['health'],
    judge: (seen) => {
      const { health = {} } = seen('health');
      const wrong = Object.entries(health).find(([, answer]) => answer !== 'SERVING');
      if (wrong === undefined) return kept('SERVING');
      const [service, answer] = wrong;
      return departed({
        expected: `SERVING for ${service === '' ? 'the server' : service}`,
        seen: answer,
      });
    },
  },
];

/** The agent through our gateway. */
export const throughGateway: AgentClause = {
  id: 'E2',
  title: 'through our gateway as by itself',
  says: "Load test: POST A2's body; checks: status 200, Content-Type is `text/event-stream`. Through our gateway a stream has the text and the end that it has by itself.",
  probes: ['gateway'],
  judge(seen) {
    const { calls, responses = [] } = seen('gateway');
    const [response] = responses;
    if (response === undefined) return notTestable('the probe did not run');
    return ofComplete(calls, (complete) => sameThrough(response, complete));
  },
};

/** Judges whether every call ended well and has text. */
function served(calls: readonly SeenCall[], expected: string): Judgement {
  const failed = calls.find((call) => !isComplete(call));
  if (failed !== undefined) return notComplete(failed, expected);
  return kept(describeText(calls));
}

function describeText(calls: readonly SeenCall[]): string {
  const chunks = calls.reduce((sum, call) => sum + call.chunks.length, 0);
  const units = calls.reduce((sum, call) => sum + textOf(call).length, 0);
  return `${chunks} chunks with ${units} characters`;
}

/** Judges whether the messages of a call are chunks, with text in the specified field. */
function specified(call: SeenCall): Judgement | undefined {
  for (const [index, chunk] of call.chunks.entries()) {
    const problem = problemOf(chunk.bytes);
    if (problem === undefined) continue;
    return departed({
      expected: 'messages as ai.agent.v1.StreamChunk: delta = 1, is_final = 2, error = 3',
      seen: `message ${index + 1}: ${problem}`,
      ...placeOf(chunk),
    });
  }
  const [first] = call.chunks;
  if (!isComplete(call) || textOf(call) !== '') return undefined;
  return departed({
    expected: 'text in field 1 (delta)',
    seen: `none in ${call.chunks.length} chunks`,
    ...(first === undefined ? {} : placeOf(first)),
  });
}

function sameThrough(response: SeenResponse, [first, second]: readonly SeenCall[]): Judgement {
  const type = headerOf(response, 'content-type');
  const messages = messagesOf(response);
  const last = response.events.at(-1);
  if (!isStream(response) || type !== streamType) {
    return departed({
      expected: `status 200 and ${streamType} from our gateway`,
      seen: describeResponse(response),
    });
  }
  if (messages.at(-1)?.isFinal !== true || last?.event !== 'message') {
    return departed({
      expected: 'a final message at the end, as the call without a gateway ends well',
      seen: last === undefined ? 'no event' : `event ${last.event}, data ${last.data}`,
      at: { ms: Math.round(response.endAtMs) },
    });
  }
  const text = textOfMessages(messages);
  const expected = first === undefined ? '' : textOf(first);
  const isRepeatable = first !== undefined && second !== undefined && expected === textOf(second);
  if (!isRepeatable) {
    return text === ''
      ? departed({ expected: 'text through our gateway', seen: 'none' })
      : kept('a stream with text and a final message; the text differs from call to call');
  }
  return text === expected
    ? kept(`the same ${text.length} characters`)
    : departed({
        expected: `the ${expected.length} characters of a call without a gateway`,
        seen: `${text.length} characters, others`,
      });
}
