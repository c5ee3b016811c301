import { z } from 'zod';

import type { ErrorBody } from '../../../proto/stream-event.ts';

/** The body of a response that is not a stream, read for its error code (A4). */
export interface Rejection {
  readonly kind: 'rejection';
  feed(bytes: Uint8Array): void;
  /** Whether the body is longer than any error; it is then not read to its end. */
  full(): boolean;
  /** Returns why this is not a stream: `status 429 OVERLOADED`, `content type application/json`. */
  reason(): string;
}

/** More than the body of an error, less than the page of a proxy. */
const keptBytes = 16_384;

/** @param needsUpgrade whether the response had to be an upgrade to WebSocket, which has no content type */
export function createRejection(
  status: number,
  contentType: string | null,
  needsUpgrade = false,
): Rejection {
  const pieces: Uint8Array[] = [];
  let received = 0;
  return {
    kind: 'rejection',
    feed(bytes) {
      received += bytes.length;
      if (received <= keptBytes) pieces.push(bytes);
    },
    full: () => received > keptBytes,
    reason() {
      const reason =
        status >= 200 && status < 300 && !needsUpgrade
          ? `content type ${contentType ?? 'missing'}`
          : `status ${status}`;
      const code = codeOf(Buffer.concat(pieces).toString());
      return code === '' ? reason : `${reason} ${code}`;
    },
  };
}

/** The error of OpenAI, of Anthropic and of servers that imitate them. */
const providerErrorSchema = z.looseObject({
  error: z.looseObject({
    type: z.string().nullish(),
    code: z.union([z.string(), z.number()]).nullish(),
  }),
});

function codeOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isErrorBody(parsed)) return parsed.code;
    const { error } = providerErrorSchema.safeParse(parsed).data ?? {};
    return String(error?.code ?? error?.type ?? '');
  } catch {
    return '';
  }
}

function isErrorBody(body: unknown): body is Pick<ErrorBody, 'code'> {
  return (
    typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
  );
}
