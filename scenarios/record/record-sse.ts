import { isEventStream } from '../../reports/sample.ts';
import { createRejection } from '../load/client/rejection.ts';
import { createStreamReader, type ReceivedEvent } from '../load/client/stream-reader.ts';
import type { Recorder, RecordingRequest } from './recorder.ts';

/**
 * Records a stream of a gateway (specification A2, B2): every message is a chunk. Resolves with its
 * final message.
 * @throws RehearsalError (recording) where the stream did not end well, and the reason of the recorder's signal
 */
export async function recordSse(
  url: URL,
  { prompt, model, token }: RecordingRequest,
  recorder: Recorder,
): Promise<void> {
  const { signal } = recorder;
  let where = `${url.origin} cannot be reached`;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ prompt, model, stream: true }),
      // The token goes to where the person sent it, and nowhere else.
      redirect: 'manual',
      signal,
    });
    where = 'the connection broke';
    await readBody(response, recorder);
  } catch (error) {
    signal.throwIfAborted();
    const system = systemErrorOf(error);
    throw system === undefined ? error : recorder.lost(`${where}: ${system}`);
  }
}

async function readBody(response: Response, recorder: Recorder): Promise<void> {
  const contentType = response.headers.get('content-type');
  if (!response.ok || !isEventStream(contentType)) {
    throw recorder.lost(`no stream came: ${await rejectionOf(response, contentType)}`);
  }
  let failure = '';
  const reader = createStreamReader((event) => {
    if (event.event === 'message') recorder.take(event.data.delta);
    else failure = describeError(event.data);
  });
  for await (const bytes of response.body ?? []) {
    // The recorder has a clock of its own.
    reader.feed(bytes, 0);
    const { malformed, end } = reader.reading;
    if (malformed !== null) throw recorder.lost(`what came is not of the protocol: ${malformed}`);
    if (end?.kind === 'error') throw recorder.lost(`the stream failed: ${failure}`);
    if (end?.kind === 'final') return;
  }
  throw recorder.lost('the stream was cut: it ended without a final message');
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

/** What the system said, of an error that fetch wraps; undefined of any other. */
function systemErrorOf(error: unknown): string | undefined {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return undefined;
  const { cause } = error;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
