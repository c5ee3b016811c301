import type { ToolCallFragment } from '../../parts.ts';
import type { MessageEvent } from '../../stream-event.ts';
import type { Quirk } from '../../wire-fault.ts';
import type { Encoder, StreamIdentity } from '../dialect.ts';
import { dataEvent, strayPing } from '../sse.ts';
import { startTally } from '../tally.ts';
import { chatError } from './errors.ts';
import { chatFinishReasons, chatUsage, completionHead } from './completion.ts';
import type { ChatRequest } from './request.ts';

/** Writes a stream of `chat.completion.chunk` objects. */
export function encodeChat(
  { messages, includesUsage }: Pick<ChatRequest, 'messages' | 'includesUsage'>,
  identity: StreamIdentity,
  quirks: ReadonlySet<Quirk>,
): Encoder {
  const head = {
    ...completionHead('chat.completion.chunk', identity),
    ...(quirks.has('unknown-field') ? { x_unknown: true } : {}),
  };
  const usageOfOthers = includesUsage ? { usage: null } : {};
  const tally = startTally();
  const calls = new Map<number, { id: string; name: string }>();
  const writeFragment = fragmentWriter(calls, quirks);
  const ping = quirks.has('ping-event') ? strayPing : '';
  let hasRole = false;

  const chunk = (delta: object, finish_reason: string | null = null): string =>
    dataEvent({
      ...head,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
      ...usageOfOthers,
    });

  // Most chunks are text alone: what stands around it is written once.
  const mark = '\u0000';
  const [before = '', after = ''] = chunk({ content: mark }).split(JSON.stringify(mark));

  const message = ({ delta, parts }: MessageEvent['data']): string => {
    let text = '';
    if (!hasRole) text += chunk({ role: 'assistant', content: '', refusal: null });
    hasRole = true;
    if (parts?.reasoning) text += chunk({ reasoning_content: parts.reasoning });
    if (delta !== '') text += before + JSON.stringify(delta) + after;
    for (const fragment of parts?.toolCalls ?? []) {
      const isFirst = fragment.arguments !== '' && !calls.has(fragment.index);
      if (isFirst && quirks.has('empty-tool-fragments')) {
        text += chunk({ tool_calls: [writeFragment({ ...fragment, arguments: '' })] });
      }
      text += chunk({ tool_calls: [writeFragment(fragment)] });
    }
    return text;
  };

  const end = (): string => {
    let text = '';
    if (quirks.has('empty-tool-fragments')) {
      for (const index of calls.keys()) {
        const fragment = { index, id: '', name: '', arguments: '' };
        text += chunk({ tool_calls: [writeFragment(fragment)] });
      }
    }
    if (!quirks.has('no-finish-reason')) text += chunk({}, chatFinishReasons[tally.finishReason()]);
    if (includesUsage && !quirks.has('no-usage')) {
      text += dataEvent({ ...head, choices: [], usage: chatUsage(tally.usage(messages)) });
    }
    if (!quirks.has('no-terminator')) text += 'data: [DONE]\n\n';
    return text;
  };

  return {
    start: () =>
      ping + (quirks.has('unknown-event') ? dataEvent({ object: 'x.unknown', choices: [] }) : ''),
    event(event) {
      switch (event.event) {
        case 'ping':
          // The providers send nothing while they think.
          return ping;
        case 'error':
          return dataEvent({ error: chatError(event.data) });
        case 'message':
          tally.add(event.data);
          return message(event.data) + (event.data.isFinal ? end() : '');
      }
    },
  };
}

/**
 * Returns the writer of a stream's tool call fragments.
 * @param calls those so far by their index, which the writer adds to
 */
function fragmentWriter(
  calls: Map<number, { id: string; name: string }>,
  quirks: ReadonlySet<Quirk>,
): (fragment: ToolCallFragment) => object {
  return ({ index, id, name, arguments: piece }) => {
    const isFirst = !calls.has(index);
    const call = calls.get(index) ?? { id, name };
    calls.set(index, call);
    const repeatsId = quirks.has('repeated-tool-id');
    return {
      ...(quirks.has('no-tool-index') ? {} : { index: quirks.has('tool-index-zero') ? 0 : index }),
      ...(isFirst || repeatsId ? { id: call.id, type: 'function' } : {}),
      function: { ...(isFirst || repeatsId ? { name: call.name } : {}), arguments: piece },
    };
  };
}
