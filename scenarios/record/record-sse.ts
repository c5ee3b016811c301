import { isEventStream } from '../../reports/sample.ts';
import { createRejection } from '../load/client/rejection.ts';
import { createStreamReader, type ReceivedEvent } from '../load/client/stream-reader.ts';
import type { Recorder, RecordingRequest } from './recorder.ts';

/**
 * Records the stream of a gateway (specification A2, B2); every message is a chunk. Resolves after its
 * final message.
 * @throws RehearsalError (recording) for a stream that did not complete, and the reason of the recorder's signal
 */
export async function recordSse(
  url: URL,
  { prompt, model, token }: RecordingRequest,
  recorder: Recorder,
): Promise<void> {
  const { signal } = recorder;
  let problem = `${url.origin} cannot be reached`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ prompt, model, stream: true }),
      // The token may only go to the URL that the user named.
      redirect: 'manual',
      signal,
    });
    problem = 'the connection broke';
    await readBody(response, recorder);
  } catch (error) {
    signal.throwIfAborted();
    const system = systemErrorOf(error);
    throw system === undefined ? error : recorder.failure(`${problem}: ${system}`);
  }
}

async function readBody(response: Response, recorder: Recorder): Promise<void> {
  const contentType = response.headers.get('content-type');
  if (!response.ok || !isEventStream(contentType)) {
    throw recorder.failure(
      `the response is not a stream: ${await rejectionOf(response, contentType)}`,
    );
  }
  let errorText = '';
  const reader = createStreamReader((event) => {
    if (event.event === 'message') recorder.add(event.data.delta);
    else errorText = describeError(event.data);
  });
  for await (const bytes of response.body ?? []) {
    // The recorder has its own clock.
    reader.feed(bytes, 0);
    const { malformed, end } = reader.reading;
    if (malformed !== null) throw recorder.failure(`the stream breaks the protocol: ${malformed}`);
    if (end?.kind === 'error') throw recorder.failure(`the stream failed: ${errorText}`);
    if (end?.kind === 'final') return;
  }
  throw recorder.failure('the stream was cut: it ended without a final message');
}

async function rejectionOf(response: Response, contentType: string | null): Promise<string> {
  const rejection = createRejection(response.status, contentType);
  for await (const bytes of response.body ?? []) {
    rejection.feed(bytes);
    if (rejection.full()) break;
  }
  return rejection.reason();
}

function describeError({
  code,
  error,
  details,
}: Extract<ReceivedEvent, { event: 'error' }>['data']): string {
  return [code, error, details]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(': ');
}

/** Returns the code or message of a system error that fetch wraps; undefined for other errors. */
function systemErrorOf(error: unknown): string | undefined {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return undefined;
  const { cause } = error;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
