import { noQuirks, type Dialect } from '../dialect.ts';
import { decodeChatUi } from './decoder.ts';
import { encodeChatUi } from './encoder.ts';
import { readChatUiRequest } from './request.ts';
import { writeChatUiRequest } from './write-request.ts';

/** The AI SDK's UI message stream, version 1, which `useChat` reads. */
export const aiSdkUi: Dialect = {
  name: 'ai-sdk-ui',
  finalEvent: '[DONE]',
  writeRequest: writeChatUiRequest,
  isAlwaysStreamed: true,
  readRequest(body) {
    const { chatId, continuedId, ...request } = readChatUiRequest(body);
    return {
      ...request,
      isStreamed: true,
      resumeId: () => chatId,
      encoder: (identity, { quirks = noQuirks } = {}) =>
        encodeChatUi(identity, { quirks, continuedId }),
    };
  },
  headers: () => ({ 'x-vercel-ai-ui-message-stream': 'v1' }),
  // The client shows the whole body to its user.
  errorAnswer: ({ message }) => ({ headers: {}, body: message }),
  decoder: decodeChatUi,
};
