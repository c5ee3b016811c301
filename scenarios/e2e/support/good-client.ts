// docs/clients.md shows this file verbatim, except for the path of the client.
import { generate, GenerateError } from '../../../client/index.ts';

/** A part of a page; it is yours. */
export interface Answer {
  show(text: string): void;
  say(words: string, offerToTryAgain: boolean): void;
}

export async function ask(url: string, prompt: string, answer: Answer, signal: AbortSignal) {
  answer.say('thinking …', false);
  try {
    const chunks = generate(url, { prompt, signal, resume: 2, retry: 2 });
    for await (const { text } of chunks) answer.show(text);
    answer.say('', false);
  } catch (error) {
    if (!(error instanceof GenerateError)) throw error;
    // Keep the partial text on the page, marked as incomplete.
    answer.say(wordsFor(error), error.kind !== 'aborted' && error.status !== 400);
  }
}

function wordsFor({ kind, status, text }: GenerateError): string {
  switch (kind) {
    case 'aborted':
      return 'stopped';
    case 'http':
      return status === 429 ? 'too many people are asking' : 'cannot answer at the moment';
    case 'timeout':
      return text === '' ? 'no answer came' : 'the answer stopped';
    case 'generation':
    case 'cut':
    case 'protocol':
      return text === '' ? 'that failed' : 'the answer is incomplete';
  }
}
