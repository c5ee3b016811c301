import type { Quirk } from '../../wire-fault.ts';
import type { Answer } from '../answer.ts';
import { noQuirks, type Dialect, type StreamIdentity } from '../dialect.ts';
import { tallyOf } from '../tally.ts';
import { chatFinishReasons, chatUsage, completionHead } from './completion.ts';
import { decodeChat, readCompletion } from './decoder.ts';
import { encodeChat } from './encoder.ts';
import { chatErrorAnswer } from './errors.ts';
import { chatHeaders } from './headers.ts';
import { readChatRequest, type ChatRequest } from './request.ts';
import { writeChatRequest } from './write-request.ts';

/** OpenAI's Chat Completions: `data:` lines of `chat.completion.chunk`, ended by `[DONE]`. */
export const openAiChat: Dialect = {
  name: 'openai-chat',
  finalEvent: '[DONE]',
  writeRequest: writeChatRequest,
  readRequest(body) {
    const request = readChatRequest(body);
    return {
      ...request,
      encoder: (identity, { quirks = noQuirks } = {}) => encodeChat(request, identity, quirks),
      whole: (answer, identity, quirks = noQuirks) =>
        writeCompletion(answer, identity, request, quirks),
    };
  },
  headers: chatHeaders,
  errorAnswer: chatErrorAnswer,
  decoder: decodeChat,
  readWhole: readCompletion,
};

function writeCompletion(
  answer: Answer,
  identity: StreamIdentity,
  { messages }: Pick<ChatRequest, 'messages'>,
  quirks: ReadonlySet<Quirk>,
): object {
  const { text, reasoning, toolCalls } = answer;
  const tally = tallyOf(answer);
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: written }) => ({
            id,
            type: 'function',
            function: { name, arguments: written },
          })),
        }),
  };
  const finish_reason = quirks.has('no-finish-reason')
    ? null
    : chatFinishReasons[tally.finishReason()];
  return {
    ...completionHead('chat.completion', identity),
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    ...(quirks.has('no-usage') ? {} : { usage: chatUsage(tally.usage(messages)) }),
    ...(quirks.has('unknown-field') ? { x_unknown: true } : {}),
  };
}
