import type { Dialect } from '../../proto/dialects/dialect.ts';
import type { ErrorCode } from '../../proto/error-codes.ts';
import { userMessage } from '../../proto/parts.ts';
import { createDialectReader } from '../load/client/dialect-reader.ts';
import { createRejection } from '../load/client/rejection.ts';

/** What the format of a stream decides about its sample. */
export interface ClientView {
  /** Whether reasoning and tool calls are shown too. */
  showsParts: boolean;
  /** Returns the detail of a stream that an error event ended. */
  failed(code: ErrorCode): string;
  /** The outcome of a stream with an error in its place. */
  refusal: 'rejected' | 'failed';
  /** Returns the detail of an error in place of a stream. */
  rejected(status: number, code: ErrorCode): string;
}

const specifiedView: ClientView = {
  showsParts: false,
  failed: (code) => code,
  refusal: 'rejected',
  rejected: (status, code) => `status ${status} ${code}`,
};

/** Over WebSocket an error in place of a stream is an event. */
const webSocketView: ClientView = {
  ...specifiedView,
  rejected: (_, code) => code,
  refusal: 'failed',
};

/** @param dialect undefined for the specified format */
export function clientViewOf(
  dialect: Dialect | undefined,
  { overWebSocket = false } = {},
): ClientView {
  if (dialect === undefined) return overWebSocket ? webSocketView : specifiedView;
  const model = 'gpt-4';
  const identity = { hash: '0'.repeat(32), createdSec: 0, model };
  const request = dialect.readRequest(
    dialect.writeRequest({ messages: [userMessage('hello')], model, id: 'id' }),
  );
  return {
    showsParts: true,
    refusal: 'rejected',
    failed(code) {
      const encoder = request.encoder(identity);
      const error = encoder.event({ event: 'error', data: { error: '', code, details: '' } });
      const reader = createDialectReader(dialect);
      reader.feed(Buffer.from(encoder.start() + error), 0);
      const { end } = reader.reading;
      return end?.kind === 'error' ? end.code : '';
    },
    rejected(status, code) {
      const error = { ...identity, httpStatus: status, code, message: '' };
      const rejection = createRejection(status, 'application/json');
      rejection.feed(Buffer.from(JSON.stringify(dialect.errorAnswer(error).body)));
      return rejection.reason();
    },
  };
}
