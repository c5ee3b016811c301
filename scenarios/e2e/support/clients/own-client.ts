import { generate, GenerateError, type GenerateOptions } from '../../../../client/index.ts';
import { addEvent, type Client } from './client.ts';

/** `rehearsal/client` with a user's options. */
export function ownClient(options: Partial<GenerateOptions>): Client {
  return async ({ url, prompt }, state, stop) => {
    try {
      for await (const { delta, isFinal } of generate(url, { prompt, signal: stop, ...options })) {
        addEvent(state, 'message', JSON.stringify({ delta, isFinal }));
      }
    } catch (error) {
      if (!(error instanceof GenerateError)) throw error;
      const { kind, status, code, limit } = error;
      if (kind === 'generation') state.code = code ?? null;
      else state.clientError = [kind, status, code, limit].filter(Boolean).join(' ');
    }
  };
}
