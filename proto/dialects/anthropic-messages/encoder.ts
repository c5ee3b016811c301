import type { ToolCallFragment } from '../../parts.ts';
import type { MessageEvent } from '../../stream-event.ts';
import type { Quirk } from '../../wire-fault.ts';
import type { Encoder, StreamIdentity } from '../dialect.ts';
import { namedEvent } from '../sse.ts';
import { startTally } from '../tally.ts';
import { messageError } from './errors.ts';
import { followJson, type JsonEnd } from './json-end.ts';
import {
  deltaUsage,
  messageHead,
  messageTail,
  messageUsage,
  signatureOf,
  stopOf,
  stopReasons,
  toolBlock,
} from './message.ts';
import type { MessagesRequest } from './request.ts';

/** A content block that is open: blocks follow each other, so there is one at most. */
type Block = { type: 'text' | 'thinking' } | { type: 'tool_use'; call: number };

/** Writes a stream of message events. */
export function encodeMessages(
  { messages }: Pick<MessagesRequest, 'messages'>,
  identity: StreamIdentity,
  quirks: ReadonlySet<Quirk>,
): Encoder {
  const extra = quirks.has('unknown-field') ? { x_unknown: true } : {};
  const tally = startTally();
  let block: Block | undefined;
  let index = -1;
  const calls = new Map<number, { id: string; name: string; json: JsonEnd }>();
  /** What waits for the end of the open call: writers by call or kind of words, in order. */
  const waiting = new Map<string | number, (() => string)[]>();

  const write = (type: string, fields: object): string =>
    namedEvent(type, { type, ...fields, ...extra });

  const delta = (fields: object): string => write('content_block_delta', { index, delta: fields });

  const closeBlock = (): string => {
    if (block === undefined) return '';
    const signature =
      block.type === 'thinking'
        ? delta({ type: 'signature_delta', signature: signatureOf(identity) })
        : '';
    const last =
      block.type === 'tool_use' && quirks.has('empty-tool-fragments')
        ? delta({ type: 'input_json_delta', partial_json: '' })
        : '';
    block = undefined;
    return signature + last + write('content_block_stop', { index });
  };

  const openBlock = (next: Block, content_block: object): string => {
    const closed = closeBlock();
    block = next;
    index += 1;
    return closed + write('content_block_start', { index, content_block });
  };

  const text = (words: string): string => {
    const opened = block?.type === 'text' ? '' : openBlock({ type: 'text' }, emptyText);
    return opened + delta({ type: 'text_delta', text: words });
  };

  const thinking = (words: string): string => {
    const opened = block?.type === 'thinking' ? '' : openBlock({ type: 'thinking' }, emptyThinking);
    return opened + delta({ type: 'thinking_delta', thinking: words });
  };

  const input = (partial_json: string): string => delta({ type: 'input_json_delta', partial_json });

  const isCallUnfinished = () =>
    block?.type === 'tool_use' && calls.get(block.call)?.json.isReached() === false;

  /** Writes a fragment into the block of its call. */
  const fragment = ({ index: number, id, name, arguments: piece }: ToolCallFragment): string => {
    const begun = calls.get(number);
    const call = begun ?? { id, name, json: followJson() };
    calls.set(number, call);
    call.json.add(piece);
    if (block?.type === 'tool_use' && block.call === number) {
      return piece === '' ? '' : input(piece);
    }
    // Space after the end of a call says nothing, and must not open it again.
    if (begun !== undefined && piece.trim() === '') return '';
    const opened = openBlock({ type: 'tool_use', call: number }, toolBlock(call.id, call.name, {}));
    const first = quirks.has('empty-tool-fragments') && piece !== '' ? input('') : '';
    return opened + first + input(piece);
  };

  /** Writes at once, or after the call that is open: blocks are sequential, and are not opened twice. */
  const inTurn = (of: string | number, writeNow: () => string): string => {
    const isOpen = block?.type === 'tool_use' && block.call === of;
    if (isOpen || !isCallUnfinished()) return writeNow() + release(false);
    const queue = waiting.get(of);
    if (queue === undefined) waiting.set(of, [writeNow]);
    else queue.push(writeNow);
    return '';
  };

  /** Writes what waits, up to the next call that is not finished or to the end. */
  const release = (isEnd: boolean): string => {
    let written = '';
    for (const [of, queue] of waiting) {
      if (!isEnd && isCallUnfinished()) break;
      waiting.delete(of);
      for (const writeNow of queue) written += writeNow();
    }
    return written;
  };

  const message = ({ delta: words, parts }: MessageEvent['data']): string => {
    if (parts === undefined && block?.type !== 'tool_use') return words === '' ? '' : text(words);
    const { reasoning = '', toolCalls = [] } = parts ?? {};
    let written = '';
    if (reasoning !== '') written += inTurn('thinking', () => thinking(reasoning));
    if (words !== '') written += inTurn('text', () => text(words));
    for (const piece of toolCalls) written += inTurn(piece.index, () => fragment(piece));
    return written;
  };

  const end = (): string => {
    let written = release(true) + closeBlock();
    const stop_reason = quirks.has('no-finish-reason') ? null : stopReasons[tally.finishReason()];
    const usage = deltaUsage(tally.usage(messages));
    written += write('message_delta', {
      delta: stopOf(stop_reason),
      ...(quirks.has('no-usage') ? {} : { usage }),
    });
    return quirks.has('no-terminator') ? written : written + write('message_stop', {});
  };

  return {
    start() {
      const usage = { ...messageUsage(startTally().usage(messages)), output_tokens: 1 };
      const head = { ...messageHead(identity), content: [], ...messageTail(null), usage };
      return (
        write('message_start', { message: head }) +
        (quirks.has('unknown-event') ? write('x_unknown', {}) : '')
      );
    },
    event(event) {
      switch (event.event) {
        case 'ping':
          return write('ping', {});
        case 'error':
          return release(true) + namedEvent('error', messageError(event.data));
        case 'message':
          tally.add(event.data);
          return message(event.data) + (event.data.isFinal ? end() : '');
      }
    },
  };
}

const emptyText = { type: 'text', text: '' };
const emptyThinking = { type: 'thinking', thinking: '', signature: '' };
