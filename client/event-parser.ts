/** An event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** `message` unless the stream names another. */
  event: string;
  data: string;
  /** Set only if the stream sent an id since the previous event; the last id remains valid. */
  id: string | undefined;
}

const lineFeed = 10;
const space = 32;
const byteOrderMark = 0xfeff;

/**
 * Parses an event stream as WHATWG HTML 9.2.6 defines it, in linear time however its bytes are split.
 *
 * Returns a function that takes the next bytes and calls `onEvent` for each event that they complete.
 * An event without its blank line is discarded. Comments are ignored.
 * @param longestChars the maximum of an event in UTF-16 units; beyond it the function returns false and
 * ignores all further bytes
 * @param onField receives what only a client that reconnects needs: each `retry`, and the `id` of a block without
 * data, which is no event
 */
export function createEventParser(
  onEvent: (event: ServerSentEvent) => void,
  longestChars = Infinity,
  onField?: (name: string, value: string) => void,
): (bytes: Uint8Array) => boolean {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let isStart = true;
  let isFull = false;
  /** The previous text ended in CR: an LF at the start of the next belongs to the same line end. */
  let endedInCr = false;
  let line = '';
  let event = '';
  let data: string | undefined;
  let id: string | undefined;

  /** Takes the line from `start` up to `end`; checks the two most frequent fields first. */
  function takeLine(text: string, start: number, end: number): void {
    if (start === end) dispatch();
    else if (text.startsWith('data:', start)) addData(valueOf(text, start + 5, end));
    else if (text.startsWith('event:', start)) event = valueOf(text, start + 6, end);
    else {
      const line = text.slice(start, end);
      const colon = line.indexOf(':');
      const name = colon === -1 ? line : line.slice(0, colon);
      const value = colon === -1 ? '' : valueOf(line, colon + 1, line.length);
      if (name === 'data') addData(value);
      else if (name === 'event') event = value;
      else if (name === 'id' && !value.includes('\0')) id = value;
      else if (name === 'retry') onField?.(name, value);
    }
  }

  function addData(value: string): void {
    data = data === undefined ? value : `${data}\n${value}`;
  }

  function dispatch(): void {
    if (data !== undefined) {
      onEvent({ event: event || 'message', data, id });
      id = undefined;
    } else if (id !== undefined) onField?.('id', id);
    event = '';
    data = undefined;
  }

  return (bytes) => {
    if (isFull) return false;
    const text = decoder.decode(bytes, { stream: true });
    if (text === '') return true;
    let start = 0;
    if (isStart && text.charCodeAt(0) === byteOrderMark) start = 1;
    else if (endedInCr && text.charCodeAt(0) === lineFeed) start = 1;
    isStart = false;
    endedInCr = false;

    let cr = text.indexOf('\r', start);
    let lf = text.indexOf('\n', start);
    while (cr !== -1 || lf !== -1) {
      const isCr = cr !== -1 && (lf === -1 || cr < lf);
      const end = isCr ? cr : lf;
      if (line === '') takeLine(text, start, end);
      else {
        // A line that comes in pieces is joined once, at its end.
        line += text.slice(start, end);
        takeLine(line, 0, line.length);
        line = '';
      }
      start = end + 1;
      if (isCr) {
        endedInCr = start === text.length;
        if (lf === start) start += 1;
        cr = text.indexOf('\r', start);
      }
      if (lf !== -1 && lf < start) lf = text.indexOf('\n', start);
    }
    line += text.slice(start);
    isFull = line.length + (data?.length ?? 0) > longestChars;
    return !isFull;
  };
}

/** One space after the colon is no part of the value. */
function valueOf(text: string, start: number, end: number): string {
  return text.slice(text.charCodeAt(start) === space ? start + 1 : start, end);
}
