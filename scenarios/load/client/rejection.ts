import type { ErrorBody } from '../../../proto/stream-event.ts';

/** The body of an answer that is no stream, read for the error code it may hold (A4). */
export interface Rejection {
  readonly kind: 'rejection';
  feed(bytes: Uint8Array): void;
  /** Whether more was sent than an error could need: it is not read to its end. */
  full(): boolean;
  /** Why this is no stream: `status 429 OVERLOADED`, `content type application/json`. */
  reason(): string;
}

/** Far more than an error takes, far less than a page that a proxy may send in its place. */
const keptBytes = 16_384;

export function createRejection(status: number, contentType: string | null): Rejection {
  const pieces: Uint8Array[] = [];
  let bytesSeen = 0;
  return {
    kind: 'rejection',
    feed(bytes) {
      bytesSeen += bytes.length;
      if (bytesSeen <= keptBytes) pieces.push(bytes);
    },
    full: () => bytesSeen > keptBytes,
    reason() {
      const what =
        status >= 200 && status < 300
          ? `content type ${contentType ?? 'missing'}`
          : `status ${status}`;
      const code = codeOf(Buffer.concat(pieces).toString());
      return code === '' ? what : `${what} ${code}`;
    },
  };
}

function codeOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    return isErrorBody(parsed) ? parsed.code : '';
  } catch {
    return '';
  }
}

function isErrorBody(body: unknown): body is Pick<ErrorBody, 'code'> {
  return (
    typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
  );
}
