import { uiMessageChunkSchema } from 'ai';
import { z } from 'zod';

import { dataOf, expectOrder, type WireEvent } from './wire-event.ts';

const id = z.string().min(1);

/** The chunks that are written, without the fields that are left out. Later versions let others pass. */
const chunkSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('start'), messageId: id }),
  z.strictObject({ type: z.literal('start-step') }),
  z.strictObject({ type: z.literal('text-start'), id }),
  z.strictObject({ type: z.literal('text-delta'), id, delta: z.string().min(1) }),
  z.strictObject({ type: z.literal('text-end'), id }),
  z.strictObject({ type: z.literal('reasoning-start'), id }),
  z.strictObject({ type: z.literal('reasoning-delta'), id, delta: z.string().min(1) }),
  z.strictObject({ type: z.literal('reasoning-end'), id }),
  z.strictObject({ type: z.literal('tool-input-start'), toolCallId: id, toolName: id }),
  z.strictObject({ type: z.literal('tool-input-delta'), toolCallId: id, inputTextDelta: id }),
  z.strictObject({
    type: z.literal('tool-input-available'),
    toolCallId: id,
    toolName: id,
    input: z.unknown(),
  }),
  z.strictObject({ type: z.literal('finish-step') }),
  z.strictObject({
    type: z.literal('finish'),
    finishReason: z.enum(['stop', 'length', 'tool-calls', 'content-filter']),
  }),
  z.strictObject({ type: z.literal('error'), errorText: z.string().min(1) }),
]);

const block = (name: string) => `(${name}-start (${name}-delta )+(${name}-end |(?=error)))?`;
const calls = '(tool-input-start |tool-input-delta )*(tool-input-available )*';
const order = new RegExp(
  `^start start-step ${block('reasoning')}${block('text')}${calls}(finish-step finish done|error)$`,
);

/** Checks a UI message stream: by the SDK's schema, and by a stricter one. */
export async function checkChatUi(events: readonly WireEvent[]): Promise<void> {
  const { validate } = uiMessageChunkSchema();
  if (validate === undefined) throw new Error('the SDK has no schema');
  const open = new Set<string>();
  const kinds: string[] = [];
  for (const event of events) {
    if (event.event !== undefined) throw new Error(`an event is named ${event.event}`);
    if (event.data === '[DONE]') {
      kinds.push('done');
      continue;
    }
    const data = dataOf(event);
    const result = await validate(data);
    if (!result.success) throw result.error;
    const chunk = chunkSchema.parse(data);
    kinds.push(chunk.type);
    const part = 'id' in chunk ? chunk.id : 'toolCallId' in chunk ? chunk.toolCallId : undefined;
    if (part === undefined) continue;
    if (chunk.type.endsWith('-start')) open.add(part);
    else if (!open.has(part)) throw new Error(`${chunk.type} of ${part}, which is not open`);
    if (/-(end|available)$/.test(chunk.type)) open.delete(part);
  }
  if (open.size > 0 && kinds.at(-1) === 'done') throw new Error(`open: ${[...open].join(', ')}`);
  expectOrder(kinds, order);
}
