import type { Quirk } from '../../wire-fault.ts';
import type { Answer } from '../answer.ts';
import { noQuirks, type Dialect, type StreamIdentity } from '../dialect.ts';
import { openAiChat } from '../openai-chat/index.ts';
import { tallyOf } from '../tally.ts';
import { decodeResponse, readResponse } from './decoder.ts';
import { encodeResponse } from './encoder.ts';
import { responseErrorAnswer } from './errors.ts';
import { readResponsesRequest, type ResponsesRequest } from './request.ts';
import { writeResponsesRequest } from './write-request.ts';
import {
  callItem,
  endOf,
  failedResponse,
  itemId,
  messageItem,
  reasoningItem,
  responseId,
  responseObject,
  responseUsage,
} from './response.ts';

/** OpenAI's Responses: named events with a sequence number, ended by `response.completed`. */
export const openAiResponses: Dialect = {
  name: 'openai-responses',
  finalEvent: 'response.completed',
  writeRequest: writeResponsesRequest,
  readRequest(body) {
    const request = readResponsesRequest(body);
    return {
      ...request,
      encoder: (identity, options = {}) => encodeResponse(request, identity, options),
      failed: (answer, error, identity) =>
        failedResponse(identity, request.echoed, outputOf(answer, identity, 'incomplete'), error),
      // A response that is not stored cannot be fetched again.
      resumeId: request.echoed['store'] === false ? undefined : responseId,
      whole: (answer, identity, quirks = noQuirks) =>
        writeResponse(answer, identity, request, quirks),
    };
  },
  headers: openAiChat.headers,
  errorAnswer: responseErrorAnswer,
  decoder: decodeResponse,
  readWhole: readResponse,
};

function writeResponse(
  answer: Answer,
  identity: StreamIdentity,
  { messages, echoed }: Pick<ResponsesRequest, 'messages' | 'echoed'>,
  quirks: ReadonlySet<Quirk>,
): object {
  const tally = tallyOf(answer);
  const output = outputOf(answer, identity, 'completed');
  if (answer.text === '' && answer.toolCalls.length === 0) {
    output.push(messageItem(itemId('msg', identity, output.length), 'completed', ''));
  }
  const { status, ...details } = endOf(tally.finishReason());
  const usage = quirks.has('no-usage') ? null : responseUsage(tally.usage(messages));
  const extra = quirks.has('unknown-field') ? { x_unknown: true } : {};
  return { ...responseObject(identity, echoed, { status, output, usage }), ...details, ...extra };
}

function outputOf(
  { text, reasoning, toolCalls }: Answer,
  identity: StreamIdentity,
  status: 'completed' | 'incomplete',
): object[] {
  const output: object[] = [];
  const id = (prefix: 'rs' | 'msg' | 'fc') => itemId(prefix, identity, output.length);
  if (reasoning !== '') output.push(reasoningItem(id('rs'), reasoning));
  if (text !== '') output.push(messageItem(id('msg'), status, text));
  for (const call of toolCalls) output.push(callItem(id('fc'), status, call));
  return output;
}
