import type { Quirk } from '../../wire-fault.ts';
import type { Answer } from '../answer.ts';
import { noQuirks, type Dialect, type StreamIdentity } from '../dialect.ts';
import { parseArguments } from '../parse-arguments.ts';
import { estimateInputTokens, tallyOf } from '../tally.ts';
import { decodeMessages, readMessage } from './decoder.ts';
import { encodeMessages } from './encoder.ts';
import { messageErrorAnswer } from './errors.ts';
import { messagesHeaders } from './headers.ts';
import {
  messageHead,
  messageTail,
  messageUsage,
  signatureOf,
  stopReasons,
  toolBlock,
} from './message.ts';
import { readCountRequest, readMessagesRequest, type MessagesRequest } from './request.ts';
import { writeMessagesRequest } from './write-request.ts';

/** Anthropic's Messages: named events from `message_start` to `message_stop`. */
export const anthropicMessages: Dialect = {
  name: 'anthropic-messages',
  finalEvent: 'message_stop',
  writeRequest: writeMessagesRequest,
  keyHeader: 'x-api-key',
  requestHeaders: { 'anthropic-version': '2023-06-01' },
  readRequest(body) {
    const request = readMessagesRequest(body);
    return {
      ...request,
      encoder: (identity, { quirks = noQuirks } = {}) => encodeMessages(request, identity, quirks),
      whole: (answer, identity, quirks = noQuirks) =>
        writeMessage(answer, identity, request, quirks),
    };
  },
  headers: messagesHeaders,
  errorAnswer: messageErrorAnswer,
  decoder: decodeMessages,
  readWhole: readMessage,
};

/** Answers a request to count the tokens of a conversation. @throws ContractError (request) */
export function countMessagesTokens(body: unknown): object {
  return { input_tokens: estimateInputTokens(readCountRequest(body).messages) };
}

function writeMessage(
  answer: Answer,
  identity: StreamIdentity,
  { messages }: Pick<MessagesRequest, 'messages'>,
  quirks: ReadonlySet<Quirk>,
): object {
  const { text, reasoning, toolCalls } = answer;
  const tally = tallyOf(answer);
  const thinking = { type: 'thinking', thinking: reasoning, signature: signatureOf(identity) };
  return {
    ...messageHead(identity),
    content: [
      ...(reasoning === '' ? [] : [thinking]),
      ...(text === '' && toolCalls.length > 0 ? [] : [{ type: 'text', text }]),
      ...toolCalls.map(({ id, name, arguments: written }) =>
        toolBlock(id, name, parseArguments(written)),
      ),
    ],
    ...messageTail(quirks.has('no-finish-reason') ? null : stopReasons[tally.finishReason()]),
    ...(quirks.has('no-usage') ? {} : { usage: messageUsage(tally.usage(messages)) }),
    ...(quirks.has('unknown-field') ? { x_unknown: true } : {}),
  };
}
