import { generate, GenerateError, type GenerateOptions } from '../../../../client/index.ts';
import { hear, type Client } from './client.ts';

/** `rehearsal/client`, with the options that a user would give it. */
export function ownClient(options: Partial<GenerateOptions>): Client {
  return async ({ url, prompt }, heard, stop) => {
    try {
      for await (const { delta, isFinal } of generate(url, { prompt, signal: stop, ...options })) {
        hear(heard, 'message', JSON.stringify({ delta, isFinal }));
      }
    } catch (error) {
      if (!(error instanceof GenerateError)) throw error;
      const { kind, status, code, limit } = error;
      if (kind === 'generation') heard.code = code ?? null;
      else heard.complaint = [kind, status, code, limit].filter(Boolean).join(' ');
    }
  };
}
