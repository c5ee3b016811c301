import type { ToolCallFragment } from '../../parts.ts';
import type { MessageEvent } from '../../stream-event.ts';
import type { Quirk } from '../../wire-fault.ts';
import type { Encoder, StreamIdentity } from '../dialect.ts';
import { parseArguments } from '../parse-arguments.ts';
import { dataEvent, strayPing } from '../sse.ts';
import { startTally } from '../tally.ts';

interface Call {
  toolCallId: string;
  toolName: string;
  written: string;
}

interface ChatUiOptions {
  quirks: ReadonlySet<Quirk>;
  /** The id of the message that the stream goes on with; undefined for a new message. */
  continuedId: string | undefined;
}

/** Writes a UI message stream, version 1, of one step. */
export function encodeChatUi(
  { hash }: StreamIdentity,
  { quirks, continuedId: messageId = `msg-${hash.slice(0, 24)}` }: ChatUiOptions,
): Encoder {
  const extra = quirks.has('unknown-field') ? { xUnknown: true } : {};
  const tally = startTally();
  const calls = new Map<number, Call>();
  /** The block that is open. */
  let open: { type: 'text' | 'reasoning'; id: string } | undefined;
  let blocks = 0;

  const write = (type: string, fields: object = {}): string =>
    dataEvent({ type, ...fields, ...extra });

  const close = (): string => {
    if (open === undefined) return '';
    const { type, id } = open;
    open = undefined;
    return write(`${type}-end`, { id });
  };

  const words = (type: 'text' | 'reasoning', delta: string): string => {
    if (delta === '') return '';
    let text = '';
    if (open?.type !== type) {
      text += close();
      open = { type, id: `${type}-${blocks}` };
      blocks += 1;
      text += write(`${type}-start`, { id: open.id });
    }
    return text + write(`${type}-delta`, { id: open.id, delta });
  };

  const input = (toolCallId: string, inputTextDelta: string): string =>
    write('tool-input-delta', { toolCallId, inputTextDelta });

  const fragment = ({ index, id, name, arguments: inputTextDelta }: ToolCallFragment): string => {
    let text = close();
    let call = calls.get(index);
    if (call === undefined) {
      call = { toolCallId: id, toolName: name, written: '' };
      calls.set(index, call);
      text += write('tool-input-start', { toolCallId: id, toolName: name });
      if (quirks.has('empty-tool-fragments')) text += input(id, '');
    }
    call.written += inputTextDelta;
    return inputTextDelta === '' ? text : text + input(call.toolCallId, inputTextDelta);
  };

  const message = ({ delta, parts }: MessageEvent['data']): string => {
    let text = words('reasoning', parts?.reasoning ?? '') + words('text', delta);
    for (const piece of parts?.toolCalls ?? []) text += fragment(piece);
    return text;
  };

  const end = (): string => {
    let text = close();
    for (const { toolCallId, toolName, written } of calls.values()) {
      if (quirks.has('empty-tool-fragments')) text += input(toolCallId, '');
      const value = parseArguments(written);
      text += write('tool-input-available', { toolCallId, toolName, input: value });
    }
    text += write('finish-step');
    const finish = quirks.has('no-finish-reason') ? {} : { finishReason: tally.finishReason() };
    text += write('finish', finish);
    return quirks.has('no-terminator') ? text : `${text}data: [DONE]\n\n`;
  };

  const ping = quirks.has('ping-event') ? strayPing : '';

  return {
    start: () =>
      ping +
      write('start', { messageId }) +
      write('start-step') +
      (quirks.has('unknown-event') ? write('x-unknown') : ''),
    event(event) {
      switch (event.event) {
        case 'ping':
          // Every chunk has to be one that the client knows.
          return ping;
        case 'error':
          return write('error', { errorText: event.data.details || event.data.error });
        case 'message':
          tally.add(event.data);
          return message(event.data) + (event.data.isFinal ? end() : '');
      }
    },
  };
}
