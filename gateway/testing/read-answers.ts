/** A complete HTTP response. */
export interface Answer {
  status: number;
  /** By names in lower case. */
  headers: Map<string, string>;
  body: string;
}

/** The bytes are not valid HTTP. */
class BadAnswerError extends Error {}

/**
 * Reads all responses of a connection strictly by RFC 9112.
 *
 * @param noBody whether the first response is to a HEAD
 * @param ended whether no bytes follow, so that a response without a length is complete
 * @returns the complete responses, and the bytes of an incomplete one
 * @throws BadAnswerError for invalid HTTP
 */
export function readAnswers(
  bytes: string,
  { noBody, ended }: { noBody: boolean; ended: boolean },
): { answers: Answer[]; rest: string } {
  const answers: Answer[] = [];
  let rest = bytes;
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) break;
    const { status, headers } = readHead(rest.slice(0, headEnd));
    const after = rest.slice(headEnd + 4);
    const bodiless = status < 200 || status === 204 || (noBody && answers.length === 0);
    const read = bodiless ? { body: '', rest: after } : readBody(headers, after, ended);
    if (read === undefined) break;
    if (status >= 200) answers.push({ status, headers, body: read.body });
    ({ rest } = read);
  }
  return { answers, rest };
}

function readHead(head: string): Pick<Answer, 'status' | 'headers'> {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) [\t\x20-\x7e]*$/.exec(statusLine)?.[1];
  if (status === undefined) throw new BadAnswerError(`no status line: ${statusLine.slice(0, 100)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] =
      /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new BadAnswerError(`no header: ${line}`);
    headers.set(name.toLowerCase(), value);
  }
  return { status: Number(status), headers };
}

function readBody(
  headers: Map<string, string>,
  after: string,
  ended: boolean,
): { body: string; rest: string } | undefined {
  const length = headers.get('content-length');
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  if (length !== undefined && isChunked) throw new BadAnswerError('a length and an encoding');
  if (isChunked) return readChunks(after);
  if (length === undefined) return ended ? { body: after, rest: '' } : undefined;
  if (!/^\d+$/.test(length)) throw new BadAnswerError(`no length: ${length}`);
  const size = Number(length);
  return after.length < size ? undefined : { body: after.slice(0, size), rest: after.slice(size) };
}

function readChunks(after: string): { body: string; rest: string } | undefined {
  let body = '';
  let rest = after;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    if (lineEnd < 0) return undefined;
    const digits = rest.slice(0, lineEnd);
    if (!/^[\da-f]+$/i.test(digits)) throw new BadAnswerError(`no chunk size: ${digits}`);
    const size = Number.parseInt(digits, 16);
    const chunk = rest.slice(lineEnd + 2, lineEnd + 2 + size);
    const close = rest.slice(lineEnd + 2 + size, lineEnd + 4 + size);
    if (close.length < 2) return undefined;
    if (close !== '\r\n') throw new BadAnswerError('a chunk does not end where it says');
    body += chunk;
    rest = rest.slice(lineEnd + 4 + size);
    if (size === 0) return { body, rest };
  }
}
