import type { ErrorBody } from '../../stream-event.ts';
import { chatError } from '../openai-chat/errors.ts';

export { chatErrorAnswer as responseErrorAnswer } from '../openai-chat/errors.ts';

/** The nested error object, as the provider sends it in an event. */
export function responseError(error: ErrorBody) {
  const { type, code, message, param } = chatError(error);
  return { type, code: code ?? type, message, param };
}
