import type { ToolCallFragment } from '../../parts.ts';
import type { MessageEvent } from '../../stream-event.ts';
import type { Quirk } from '../../wire-fault.ts';
import type { Encoder, StreamIdentity } from '../dialect.ts';
import { namedEvent } from '../sse.ts';
import { startTally } from '../tally.ts';
import { messageError } from './errors.ts';
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
  /** Fragments of calls whose block has to wait for the end of another call's. */
  const waiting = new Map<number, ToolCallFragment[]>();

  const write = (type: string, fields: object): string =>
    namedEvent(type, { type, ...fields, ...extra });

  const delta = (fields: object): string => write('content_block_delta', { index, delta: fields });

  const closeBlock = (): string => {
    if (block === undefined) return '';
    const signature =
      block.type === 'thinking'
        ? delta({ type: 'signature_delta', signature: signatureOf(identity) })
        : '';
    block = undefined;
    return signature + write('content_block_stop', { index });
  };

  const openBlock = (next: Block, content_block: object): string => {
    const closed = closeBlock();
    block = next;
    index += 1;
    return closed + write('content_block_start', { index, content_block });
  };

  const text = (words: string): string => {
    if (words === '') return '';
    const opened = block?.type === 'text' ? '' : openBlock({ type: 'text' }, emptyText);
    return opened + delta({ type: 'text_delta', text: words });
  };

  const thinking = (words: string): string => {
    if (words === '') return '';
    const opened = block?.type === 'thinking' ? '' : openBlock({ type: 'thinking' }, emptyThinking);
    return opened + delta({ type: 'thinking_delta', thinking: words });
  };

  const openCall = ({ index: call, id, name }: ToolCallFragment): string =>
    openBlock({ type: 'tool_use', call }, toolBlock(id, name, {}));

  const input = (partial_json: string): string => delta({ type: 'input_json_delta', partial_json });

  const fragment = (piece: ToolCallFragment): string => {
    if (block?.type === 'tool_use') {
      if (block.call === piece.index) return piece.arguments === '' ? '' : input(piece.arguments);
      const queued = waiting.get(piece.index);
      if (queued !== undefined || block.call < piece.index) {
        // Blocks are sequential: a call that is interleaved with an open one comes after it.
        waiting.set(piece.index, [...(queued ?? []), piece]);
        return '';
      }
    }
    return openCall(piece) + input(piece.arguments);
  };

  /** Writes the calls that waited, each as a block of its own. */
  const release = (): string => {
    let released = '';
    for (const pieces of waiting.values()) {
      for (const [at, piece] of pieces.entries()) {
        released += at === 0 ? openCall(piece) + input(piece.arguments) : input(piece.arguments);
      }
    }
    waiting.clear();
    return released;
  };

  const message = ({ delta: words, parts }: MessageEvent['data']): string => {
    let written = '';
    if (waiting.size > 0 && (words !== '' || parts?.reasoning)) written += release();
    written += thinking(parts?.reasoning ?? '') + text(words);
    for (const piece of parts?.toolCalls ?? []) written += fragment(piece);
    return written;
  };

  const end = (): string => {
    let written = release() + closeBlock();
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
          return namedEvent('error', messageError(event.data));
        case 'message':
          tally.add(event.data);
          return message(event.data) + (event.data.isFinal ? end() : '');
      }
    },
  };
}

const emptyText = { type: 'text', text: '' };
const emptyThinking = { type: 'thinking', thinking: '', signature: '' };
