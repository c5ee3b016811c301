import { z } from 'zod';

import { finishReasons } from '../../parts.ts';
import type { Decoded } from '../answer.ts';
import type { Decoder } from '../dialect.ts';

const chunkSchema = z.looseObject({
  type: z.string(),
  delta: z.string().default(''),
  toolCallId: z.string().default(''),
  toolName: z.string().default(''),
  inputTextDelta: z.string().default(''),
  finishReason: z.string().optional(),
  errorText: z.string().default(''),
});

/** Reads a UI message stream. */
export function decodeChatUi(): Decoder {
  const calls = new Map<string, number>();
  return {
    event(_name, data) {
      if (data === '[DONE]') return [{ type: 'end' }];
      const chunk = chunkSchema.parse(JSON.parse(data));
      const { type, delta, toolCallId: id, toolName: name, inputTextDelta, errorText } = chunk;
      switch (type) {
        case 'text-delta':
          return [{ type: 'text', text: delta }];
        case 'reasoning-delta':
          return [{ type: 'reasoning', text: delta }];
        case 'tool-input-start': {
          const index = calls.size;
          calls.set(id, index);
          return [{ type: 'tool-call', fragment: { index, id, name, arguments: '' } }];
        }
        case 'tool-input-delta': {
          const index = calls.get(id) ?? 0;
          const fragment = { index, id: '', name: '', arguments: inputTextDelta };
          return [{ type: 'tool-call', fragment }];
        }
        case 'finish':
          return finish(chunk.finishReason);
        case 'error':
          return [{ type: 'error', message: errorText, kind: '' }];
        default:
          return [];
      }
    },
  };
}

function finish(written: string | undefined): Decoded[] {
  const reason = finishReasons.find((known) => known === written);
  return reason === undefined ? [] : [{ type: 'finish', reason }];
}
