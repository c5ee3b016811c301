import type { ToolCall, ToolCallFragment } from '../../parts.ts';
import type { ErrorBody, MessageEvent } from '../../stream-event.ts';
import { noQuirks, type Encoder, type EncoderOptions, type StreamIdentity } from '../dialect.ts';
import { namedEvent, strayPing } from '../sse.ts';
import { startTally } from '../tally.ts';
import { responseError } from './errors.ts';
import type { ResponsesRequest } from './request.ts';
import {
  callItem,
  endOf,
  failedResponse,
  itemId,
  messageItem,
  reasoningItem,
  responseObject,
  responseUsage,
  textPart,
} from './response.ts';

/** An item that is open, with what it holds so far. */
interface Item {
  id: string;
  index: number;
  text: string;
}

interface CallItem {
  id: string;
  index: number;
  call: ToolCall;
}

/** Writes a stream of response events, numbered without holes. */
export function encodeResponse(
  { messages, echoed }: Pick<ResponsesRequest, 'messages' | 'echoed'>,
  identity: StreamIdentity,
  { quirks = noQuirks, startingAfter = -1 }: EncoderOptions,
): Encoder {
  const extra = quirks.has('unknown-field') ? { x_unknown: true } : {};
  const tally = startTally();
  const output: object[] = [];
  const calls = new Map<number, CallItem>();
  let sequence = 0;
  let reasoning: Item | undefined;
  let answer: Item | undefined;

  const write = (type: string, fields: object): string => {
    const sequence_number = sequence;
    sequence += 1;
    if (sequence_number <= startingAfter) return '';
    return namedEvent(type, { type, sequence_number, ...fields, ...extra });
  };

  const nextItem = (prefix: 'rs' | 'msg' | 'fc') => {
    const index = output.length;
    output.push({});
    return { id: itemId(prefix, identity, index), index };
  };

  const added = ({ index }: { index: number }, item: object): string => {
    output[index] = item;
    return write('response.output_item.added', { output_index: index, item });
  };

  const done = ({ index }: { index: number }, item: object): string => {
    output[index] = item;
    return write('response.output_item.done', { output_index: index, item });
  };

  const think = (delta: string): string => {
    let text = closeAnswer();
    if (reasoning === undefined) {
      reasoning = { ...nextItem('rs'), text: '' };
      text += added(reasoning, reasoningItem(reasoning.id, ''));
      const part = { type: 'summary_text', text: '' };
      text += write('response.reasoning_summary_part.added', { ...summaryAt(reasoning), part });
    }
    reasoning.text += delta;
    return (
      text + write('response.reasoning_summary_text.delta', { ...summaryAt(reasoning), delta })
    );
  };

  const closeReasoning = (): string => {
    if (reasoning === undefined) return '';
    const item = reasoning;
    reasoning = undefined;
    const { text } = item;
    const part = { type: 'summary_text', text };
    return (
      write('response.reasoning_summary_text.done', { ...summaryAt(item), text }) +
      write('response.reasoning_summary_part.done', { ...summaryAt(item), part }) +
      done(item, reasoningItem(item.id, text))
    );
  };

  const say = (delta: string): string => {
    let text = closeReasoning();
    if (answer === undefined) {
      answer = { ...nextItem('msg'), text: '' };
      text += added(answer, messageItem(answer.id, 'in_progress', undefined));
      text += write('response.content_part.added', { ...contentAt(answer), part: textPart('') });
    }
    answer.text += delta;
    return (
      text + write('response.output_text.delta', { ...contentAt(answer), delta, logprobs: [] })
    );
  };

  const closeAnswer = (): string => {
    if (answer === undefined) return '';
    const item = answer;
    answer = undefined;
    const { text } = item;
    return (
      write('response.output_text.done', { ...contentAt(item), text, logprobs: [] }) +
      write('response.content_part.done', { ...contentAt(item), part: textPart(text) }) +
      done(item, messageItem(item.id, 'completed', text))
    );
  };

  const fragment = ({ id, index }: CallItem, delta: string): string =>
    write('response.function_call_arguments.delta', { item_id: id, output_index: index, delta });

  const call = ({ index, id, name, arguments: delta }: ToolCallFragment): string => {
    let text = closeReasoning() + closeAnswer();
    let item = calls.get(index);
    if (item === undefined) {
      item = { ...nextItem('fc'), call: { id, name, arguments: '' } };
      calls.set(index, item);
      text += added(item, callItem(item.id, 'in_progress', item.call));
    }
    const isFirst = item.call.arguments === '';
    item.call.arguments += delta;
    if (isFirst && delta !== '' && quirks.has('empty-tool-fragments')) text += fragment(item, '');
    return delta === '' ? text : text + fragment(item, delta);
  };

  const closeCalls = (): string => {
    let text = '';
    for (const item of calls.values()) {
      const { name, arguments: written } = item.call;
      const at = { item_id: item.id, output_index: item.index };
      if (quirks.has('empty-tool-fragments')) text += fragment(item, '');
      text += write('response.function_call_arguments.done', { ...at, name, arguments: written });
      text += done(item, callItem(item.id, 'completed', item.call));
    }
    return text;
  };

  const message = ({ delta, parts }: MessageEvent['data']): string => {
    let text = parts?.reasoning ? think(parts.reasoning) : '';
    if (delta !== '') text += say(delta);
    for (const fragment of parts?.toolCalls ?? []) text += call(fragment);
    return text;
  };

  const response = (status: string, usage: object | null) =>
    responseObject(identity, echoed, { status, output: output.slice(), usage });

  const end = (): string => {
    const text = closeReasoning() + closeAnswer() + closeCalls();
    if (quirks.has('no-terminator')) return text;
    const { status, ...details } = endOf(tally.finishReason());
    const usage = quirks.has('no-usage') ? null : responseUsage(tally.usage(messages));
    return (
      text + write(`response.${status}`, { response: { ...response(status, usage), ...details } })
    );
  };

  /** Returns the output so far, with the items that are still open. */
  const breakOff = (): object[] => {
    if (reasoning !== undefined) {
      output[reasoning.index] = reasoningItem(reasoning.id, reasoning.text);
    }
    if (answer !== undefined) {
      output[answer.index] = messageItem(answer.id, 'incomplete', answer.text);
    }
    for (const { index, id, call: begun } of calls.values()) {
      output[index] = callItem(id, 'incomplete', begun);
    }
    return output.slice();
  };

  const fail = (body: ErrorBody): string => {
    const failed = failedResponse(identity, echoed, breakOff(), body);
    return (
      write('error', { error: responseError(body) }) +
      write('response.failed', { response: failed })
    );
  };

  const ping = quirks.has('ping-event') ? strayPing : '';

  return {
    lastNumber: () => sequence - 1,
    start: () =>
      ping +
      write('response.created', { response: response('in_progress', null) }) +
      write('response.in_progress', { response: response('in_progress', null) }) +
      (quirks.has('unknown-event') ? write('response.x_unknown', {}) : ''),
    event(event) {
      switch (event.event) {
        case 'ping':
          // The provider sends nothing while it thinks.
          return ping;
        case 'error':
          return fail(event.data);
        case 'message':
          tally.add(event.data);
          return message(event.data) + (event.data.isFinal ? end() : '');
      }
    },
  };
}

function summaryAt({ id, index }: Item) {
  return { item_id: id, output_index: index, summary_index: 0 };
}

function contentAt({ id, index }: Item) {
  return { item_id: id, output_index: index, content_index: 0 };
}
