import type { DialectName } from '../../../proto/dialects/dialect.ts';

/** The streams of a format, written from its provider's documentation, with no code of the encoders. */
export interface ProviderStreams {
  path: string;
  /** Events of a stream with the text "Hello, wörld" in two pieces, without its final event. */
  opening: string;
  /** The event that makes the stream complete. */
  final: string;
  /** As the details of samples name that event. */
  finalName: string;
  /** An error within the stream. */
  error: string;
  /** The detail of a sample that the error ended. */
  errorDetail: string;
  /** More text. */
  more: string;
  /** The body of a rejection, and its detail. */
  rejection: { status: number; body: string; detail: string };
}

const named = (type: string, data: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const unnamed = (data: object) => `data: ${JSON.stringify(data)}\n\n`;

const done = 'data: [DONE]\n\n';

const chunkOf = (delta: object, finish_reason: string | null = null) =>
  unnamed({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-4',
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });

const response = { id: 'resp_1', object: 'response', created_at: 1_700_000_000, model: 'gpt-4' };
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
const responseDelta = (delta: string) =>
  named('response.output_text.delta', { ...place, delta, logprobs: [] });

const messageDelta = (text: string) =>
  named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });

const rateLimit = JSON.stringify({
  error: { message: 'slow down', type: 'requests', param: null, code: 'rate_limit_exceeded' },
});

export const providerStreams: Readonly<Record<DialectName, ProviderStreams>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    opening:
      chunkOf({ role: 'assistant', content: '', refusal: null }) +
      chunkOf({ content: 'Hello, ' }) +
      ': OPENROUTER PROCESSING\n\n' +
      chunkOf({ content: 'wörld' }) +
      chunkOf({}, 'stop'),
    final: done,
    finalName: '[DONE]',
    error: unnamed({ error: { message: 'no memory', type: 'server_error', code: null } }),
    errorDetail: 'server_error',
    more: chunkOf({ content: '!' }),
    rejection: { status: 429, body: rateLimit, detail: 'status 429 rate_limit_exceeded' },
  },
  'openai-responses': {
    path: '/v1/responses',
    opening:
      named('response.created', {
        sequence_number: 0,
        response: { ...response, status: 'in_progress', output: [] },
      }) +
      named('response.output_item.added', {
        output_index: 0,
        item: { id: 'msg_1', type: 'message', content: [] },
      }) +
      responseDelta('Hello, ') +
      responseDelta('wörld'),
    final: named('response.completed', {
      response: { ...response, status: 'completed', output: [], usage: null },
    }),
    finalName: 'response.completed',
    error:
      named('error', {
        error: { type: 'server_error', code: 'server_error', message: 'no memory' },
      }) +
      named('response.failed', {
        response: {
          ...response,
          status: 'failed',
          output: [],
          error: { code: 'server_error', message: 'no memory' },
        },
      }),
    errorDetail: 'server_error',
    more: responseDelta('!'),
    rejection: { status: 429, body: rateLimit, detail: 'status 429 rate_limit_exceeded' },
  },
  'anthropic-messages': {
    path: '/v1/messages',
    opening:
      named('message_start', {
        message: { id: 'msg_1', type: 'message', role: 'assistant', content: [] },
      }) +
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
      named('ping') +
      messageDelta('Hello, ') +
      messageDelta('wörld') +
      named('content_block_stop', { index: 0 }) +
      named('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } }),
    final: named('message_stop'),
    finalName: 'message_stop',
    error: named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
    errorDetail: 'overloaded_error',
    more: messageDelta('!'),
    rejection: {
      status: 529,
      body: JSON.stringify({
        type: 'error',
        error: { type: 'overloaded_error', message: 'Overloaded' },
        request_id: 'req_1',
      }),
      detail: 'status 529 overloaded_error',
    },
  },
  'ai-sdk-ui': {
    path: '/api/chat',
    opening:
      unnamed({ type: 'start', messageId: 'm1' }) +
      unnamed({ type: 'start-step' }) +
      unnamed({ type: 'text-start', id: 't' }) +
      unnamed({ type: 'text-delta', id: 't', delta: 'Hello, ' }) +
      unnamed({ type: 'text-delta', id: 't', delta: 'wörld' }) +
      unnamed({ type: 'text-end', id: 't' }) +
      unnamed({ type: 'finish-step' }) +
      unnamed({ type: 'finish', finishReason: 'stop' }),
    final: done,
    finalName: '[DONE]',
    error: unnamed({ type: 'error', errorText: 'no memory' }),
    errorDetail: '',
    more: unnamed({ type: 'text-delta', id: 't', delta: '!' }),
    rejection: { status: 503, body: 'no memory', detail: 'status 503' },
  },
};
