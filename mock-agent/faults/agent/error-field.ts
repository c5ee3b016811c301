import { z } from 'zod';

import { wellFormedText } from '../../../proto/notation/well-formed-text.ts';
import { defineFault } from '../fault.ts';
import { cutAt, placeOfFault } from '../place.ts';

/** The generation fails as specified (A5): a chunk with the reason in `error`, then status OK. */
export const errorField = defineFault({
  name: 'errorField',
  settings: z.strictObject({
    at: placeOfFault,
    message: wellFormedText.min(1).default('the model failed').describe('The text of the error.'),
  }),
  agentDoes: 'sends a chunk with its `error` field set, then status OK',
  clientSees: 'the text before it, then an `error` event',
  apply(stream, { at, message }) {
    const cut = cutAt(stream, at);
    return (
      cut && {
        ...stream,
        chunks: [...cut.before, { atMs: cut.atMs, delta: '', isFinal: false, error: message }],
        end: { kind: 'error-field', atMs: cut.atMs, message },
      }
    );
  },
});
