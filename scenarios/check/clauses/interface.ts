import type { Clause } from '../clause.ts';
import { departed, firstDeviation, kept, notTestable, type Judgement } from '../judgement.ts';
import type { Seen, SeenResponse } from '../seen.ts';
import {
  describeResponse,
  fieldsOf,
  headerOf,
  isStream,
  messagesOf,
  sameText,
} from './stream-facts.ts';

/** A: the interface. */
export const interfaceClauses: readonly Clause[] = [
  {
    id: 'A1',
    title: 'every answer is streamed',
    says: 'The only generation interface is streaming. A request without `stream`, or with `stream: false`, is streamed all the same.',
    probes: ['stream-false', 'no-stream-field'],
    judge: (seen) =>
      firstDeviation(
        [
          streamed(seen('stream-false')[0], 'a stream for "stream": false'),
          streamed(seen('no-stream-field')[0], 'a stream for a request without "stream"'),
        ],
        'both are streams',
      ),
  },
  {
    id: 'A2',
    title: 'POST /api/v1/ai/generate',
    says: '`POST /api/v1/ai/generate`, JSON body `{prompt, model, stream}`, `Authorization: Bearer <token>`. `model` defaults; unknown fields are ignored.',
    probes: ['story', 'no-model'],
    judge: (seen) =>
      firstDeviation(
        [
          streamed(seen('story')[0], 'a stream for the specified POST, with two unknown fields'),
          streamed(seen('no-model')[0], 'a stream for a request without "model"'),
          defaultModel(seen('no-model')[0]),
        ],
        'streamed, with a default model',
      ),
  },
  {
    id: 'A3',
    title: 'the EventSource form',
    says: 'The EventSource form is `/api/v1/ai/generate?stream=true`; an EventSource can only GET.',
    probes: ['get'],
    judge: (seen) => {
      const [get] = seen('get');
      if (get === undefined) return notTestable('the probe did not run');
      const { status } = get.response;
      return status === 404 || status === 405 || status === 501 || status === null
        ? departed({
            expected: 'a GET of the path is served',
            seen: describeResponse(get.response),
          })
        : kept(`status ${status}`);
    },
  },
  {
    id: 'A3-reading',
    title: 'GET takes its fields from the query',
    says: "A browser's EventSource cannot set headers or send a body, so GET takes `prompt`, `model` and, where auth is on, the token from the query.",
    probes: ['get'],
    judge: (seen) => {
      const [get] = seen('get');
      return firstDeviation(
        [streamed(get, 'a stream for a GET with the prompt in the query'), get && samePrompt(get)],
        'streamed, with the prompt of the query',
      );
    },
  },
  {
    id: 'A4',
    title: 'bad parameters get a 400',
    says: 'Bad parameters: HTTP 400 with a JSON error, before any stream starts.',
    probes: ['no-prompt', 'wrong-prompt', 'not-json'],
    judge: (seen) =>
      firstDeviation(
        badRequests.map(([probe, words]) => refused(seen(probe)[0], words)),
        'status 400 with JSON, three times',
      ),
  },
  {
    id: 'A4-reading',
    title: 'a 400 has the fields of an error event',
    says: 'The body of a 400 has the fields of the error event: `{error, code, details}`; `details` says which field is wrong, and why.',
    probes: ['no-prompt', 'wrong-prompt', 'not-json'],
    judge: (seen) =>
      firstDeviation(
        badRequests.map(([probe, words]) => errorFields(seen(probe)[0], words)),
        'error, code and details, which name the field',
      ),
  },
  {
    id: 'A5',
    title: 'the call of the agent',
    says: 'gRPC: service `AIAgentService`, server-streaming `GenerateTextStream(GenerateRequest) returns (stream StreamChunk)`, with `prompt` and `model` of the request.',
    probes: ['story', 'awkward-text'],
    judge: (seen) =>
      firstDeviation(
        [...seen('story'), ...seen('awkward-text')].map((each) => called(each)),
        'prompt and model arrive as they were sent',
      ),
  },
  {
    id: 'A5-reading',
    title: 'unknown fields of a chunk are ignored',
    says: 'Whatever else travels as further fields or metadata: a gateway that knows only `delta`, `is_final` and `error` still works.',
    probes: ['parts'],
    judge: (seen) => {
      const [parts] = seen('parts');
      return firstDeviation(
        [
          streamed(parts, 'a stream whose chunks have further fields'),
          parts && sameText(parts, textOfChunks(parts)),
        ],
        'the text alone',
      );
    },
  },
  {
    id: 'A6-reading',
    title: 'WebSocket at the same path',
    says: 'WebSocket is named beside SSE as a standard interface. The same path upgrades; one JSON text message per event carries the same event names and data as SSE.',
    probes: ['websocket'],
    judge: (seen) => {
      const [socket] = seen('websocket');
      if (socket === undefined) return notTestable('the probe did not run');
      const { response } = socket;
      if (response.status !== 101) {
        return departed({
          expected: 'the path upgrades to WebSocket',
          seen: response.status === null ? response.problem : `status ${response.status}`,
        });
      }
      const odd = response.events.find(({ event }) => event === '');
      if (odd !== undefined) {
        return departed({
          expected: 'messages such as {"event":"message","data":{"delta":"…","isFinal":false}}',
          seen: odd.data,
          at: { ms: Math.round(odd.atMs) },
        });
      }
      return (
        sameText(socket) ??
        (messagesOf(response).at(-1)?.isFinal === true
          ? kept('the same events as over SSE')
          : departed({ expected: 'a message with isFinal: true at the end', seen: 'none' }))
      );
    },
  },
];

const badRequests = [
  ['no-prompt', 'a request without "prompt"'],
  ['wrong-prompt', 'a request whose "prompt" is a number'],
  ['not-json', 'a body that is not JSON'],
] as const;

function streamed(seen: Seen | undefined, expected: string): Judgement {
  if (seen === undefined) return notTestable('the probe did not run');
  if (!isStream(seen.response))
    return departed({ expected, seen: describeResponse(seen.response) });
  return seen.response.bytes > 0
    ? kept('streamed')
    : departed({ expected, seen: 'a stream without a byte' });
}

function defaultModel(seen: Seen | undefined): Judgement | undefined {
  const [call] = seen?.calls ?? [];
  if (call === undefined) return undefined;
  return call.model === ''
    ? departed({ expected: 'a default model in the call of the agent', seen: 'an empty model' })
    : kept(call.model);
}

function samePrompt({ calls }: Seen): Judgement | undefined {
  return calls.length === 0
    ? departed({ expected: 'a call of the agent with the prompt of the query', seen: 'none' })
    : undefined;
}

function refused(seen: Seen | undefined, words: string): Judgement {
  if (seen === undefined) return notTestable('the probe did not run');
  const { response } = seen;
  const isJson = typeof jsonOf(response) === 'object';
  return response.status === 400 && isJson
    ? kept('400')
    : departed({ expected: `status 400 with JSON for ${words}`, seen: describeResponse(response) });
}

function errorFields(seen: Seen | undefined, words: string): Judgement {
  if (seen === undefined) return notTestable('the probe did not run');
  const { response } = seen;
  const fields = fieldsOf({ json: jsonOf(response) });
  if (response.status !== 400) return notTestable(`no 400: ${describeResponse(response)}`);
  const missing = ['error', 'code', 'details'].find(
    (name) => typeof fields[name] !== 'string' || fields[name] === '',
  );
  if (missing !== undefined) {
    return departed({
      expected: `a text "${missing}" in the body, for ${words}`,
      seen: describeResponse(response),
    });
  }
  const details = String(fields['details']);
  return words.includes('"prompt"') && !/prompt/i.test(details)
    ? departed({ expected: `details that name "prompt", for ${words}`, seen: details })
    : kept(details);
}

function jsonOf(response: SeenResponse): unknown {
  if (!/json/i.test(headerOf(response, 'content-type') ?? '')) return undefined;
  try {
    return JSON.parse(response.body.toString());
  } catch {
    return undefined;
  }
}

function called({ calls, response }: Seen): Judgement {
  const [call] = calls;
  if (call === undefined) {
    return departed({
      expected: 'a call of ai.agent.v1.AIAgentService/GenerateTextStream with the prompt',
      seen: `none with this prompt; the client got ${describeResponse(response)}`,
    });
  }
  return call.model === 'gpt-4'
    ? kept(call.model)
    : departed({ expected: 'model gpt-4 in the call', seen: JSON.stringify(call.model) });
}

function textOfChunks({ calls }: Seen): string {
  return (calls[0]?.plan.chunks ?? []).map(({ delta }) => delta).join('');
}
