import { RehearsalError } from '../../console/rehearsal-error.ts';
import { toVisible } from '../../../reports/markup.ts';
import { isStreamed } from '../../../reports/sample.ts';
import { maskUrls } from '../../console/mask-urls.ts';
import { explainTls } from './explain-tls.ts';
import { requestOnce, hasEvent, type FirstResponse } from './first-response.ts';
import { describeFormat, formatOfAnswer, kindOfBody, type FormatName } from './recognise-format.ts';
import { pathOfLoad, type RequestTemplate } from '../request.ts';
import { speaksTls, tlsExpected } from '../target/tls-handshake.ts';
import type { TargetUrl } from '../target/target-url.ts';
import type { Trust } from '../target/trust.ts';

/** What a first response means for a load: with `refused` every stream would fail, `doubtful` may be temporary. */
interface Judgement {
  kind: 'ok' | 'doubtful' | 'refused';
  /** What the target did: a predicate after its URL. */
  finding: string;
  /** What to do about it. */
  advice: string;
}

/** How long the first event may take; a slower server is measured, not refused. */
const limitMs = 5000;

/**
 * Sends a target one request before the load.
 * @returns what is doubtful, with the URL; or null
 * @throws RehearsalError (usage) if no stream of the load could succeed
 * @throws the signal's reason
 */
export async function preflight(
  target: TargetUrl,
  template: RequestTemplate,
  { trust, signal }: { trust: Trust; signal: AbortSignal },
): Promise<string | null> {
  const first = await requestOnce(target.request, template, { limitMs, trust, signal });
  const { kind, finding, advice } = (await expectsTls(first, target.request, signal))
    ? plainTowardsTls
    : judge(first, target.request, template);
  if (kind === 'ok') return null;
  if (kind === 'doubtful') return `${target.text} ${finding}`;
  throw new RehearsalError(
    'usage',
    `--target: ${target.text} ${finding}\n  ${advice}\n  --no-preflight starts the load all the same.`,
  );
}

/** Statuses that reject one request, not every one. */
const temporaryStatuses: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

/** What to do, by the code of a failed connection. */
const adviceByError: readonly [pattern: RegExp, advice: string][] = [
  [/ENOTFOUND|EAI_/, 'The host name has no address; check it.'],
  [/ECONNREFUSED/, 'Nothing listens there; start the server, or check host and port.'],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, 'There is no route to this address; check the host.'],
  [/EPROTO|SSL|TLS/, 'The handshake of TLS failed; check the port, and the log of the server.'],
  [/^HPE_/, 'This is not HTTP/1.1; check the port, and whether the URL begins with https://.'],
];

function refused(finding: string, advice: string): Judgement {
  return { kind: 'refused', finding, advice };
}

const plainTowardsTls = refused(tlsExpected, 'Write https://, or check the port.');

/**
 * Whether a server took plain HTTP for a mistake because it speaks TLS on this port. Servers close the
 * connection, or respond with 400.
 */
async function expectsTls(
  { connected, status, timedOut }: FirstResponse,
  url: URL,
  signal: AbortSignal,
): Promise<boolean> {
  const isPossible = connected && !timedOut && (status === null || status === 400);
  return url.protocol === 'http:' && isPossible && speaksTls(url, signal);
}

function doubtful(finding: string): Judgement {
  return { kind: 'doubtful', finding, advice: '' };
}

/** @param template its `redact` masks secrets that the server may echo */
function judge(
  first: FirstResponse,
  url: URL,
  { dialect, transport, redact }: Pick<RequestTemplate, 'dialect' | 'transport' | 'redact'>,
): Judgement {
  const { error, connected, status, contentType, timedOut, reading } = first;
  const own: FormatName = dialect ?? 'specified';
  const excerpt = excerptOf(first.firstBytes, redact);

  if (status === null && error !== null) {
    const tls = url.protocol === 'https:' ? explainTls(error) : undefined;
    if (tls !== undefined) return refused(`cannot be reached: ${tls.finding}`, tls.advice);
    const { code = '' } = error;
    const advice = adviceByError.find(([pattern]) => pattern.test(code))?.[1];
    const problem = connected ? 'sent no HTTP response' : 'cannot be reached';
    const cause = redact(code === '' ? error.message : code);
    return refused(
      `${problem}: ${cause}${excerpt}`,
      advice ?? 'Check host and port, and whether http or https is right.',
    );
  }
  if (status === null) {
    if (!timedOut)
      return refused('closed the connection without a response', 'Check host and port.');
    return connected
      ? doubtful(`has not responded to the first request within ${limitMs / 1000} s`)
      : refused(`cannot be reached within ${limitMs / 1000} s`, 'Check host and port.');
  }
  if (!isStreamed(first)) {
    const type = contentType === null ? '' : `, ${redact(toVisible(contentType))}`;
    const finding = `responded to the first request with ${status}${type}${excerpt}`;
    if (status >= 500 || temporaryStatuses.has(status)) return doubtful(finding);
    const body = first.firstBytes.toString();
    const format = status >= 300 && status < 400 ? undefined : formatOfAnswer(body, url.pathname);
    if (format !== undefined && format !== own) return ofFormat(format, `${finding}; it `);
    const kind = status < 300 ? kindOfBody(contentType, body) : undefined;
    const what = kind === undefined ? '' : `This is ${kind}. `;
    return refused(
      finding,
      what + redact(adviceOfStatus(status, first.location, url, { dialect, transport })),
    );
  }
  if (first.format !== null && first.format !== own) return ofFormat(first.format, '');
  if (reading === null) return doubtful('sent no event');
  if (reading.end?.kind === 'error') {
    return doubtful(`responded to the first request with the error ${redact(reading.end.code)}`);
  }
  const isOtherFormat =
    reading.malformed !== null || (!hasEvent(reading) && first.format === null && excerpt !== '');
  if (isOtherFormat) {
    return refused(
      `streams another format${excerpt}`,
      dialect === undefined
        ? specifiedEvents[transport === 'websocket' ? 'websocket' : 'http']
        : `The load reads ${dialect}, as --dialect or load.request.dialect says.`,
    );
  }
  if (hasEvent(reading) || first.format !== null) return { kind: 'ok', finding: '', advice: '' };
  return doubtful(
    timedOut
      ? `has sent no event within ${limitMs / 1000} s`
      : 'ended the first stream without an event',
  );
}

/** @param beginning empty, or a finding that continues with the format */
function ofFormat(format: FormatName, beginning: string): Judgement {
  const scenario =
    format === 'specified' ? '' : `, or load.request.dialect: ${format} in the scenario`;
  return refused(
    `${beginning}answers in ${describeFormat(format)}${scenario}`,
    'A load reads one format.',
  );
}

const specifiedEvents = {
  http: 'The specification wants "event: message" with data: {"delta": "…", "isFinal": false} (B2).',
  websocket:
    'The specification wants {"event": "message", "data": {"delta": "…", "isFinal": false}} (A6).',
};

const methodNames = { post: 'POST', get: 'GET', websocket: 'a WebSocket at' };

type Interface = Pick<RequestTemplate, 'dialect' | 'transport'>;

const checkPath = ({ dialect, transport }: Interface): string =>
  dialect === undefined
    ? `Check the path. The specified interface is ${methodNames[transport]} ${pathOfLoad({})}.`
    : `Check the path. That of ${dialect} is POST ${pathOfLoad({ dialect })}.`;

const sendToken =
  "Send a token: --header 'authorization: Bearer …', or load.request.token of the scenario.";

const adviceByStatus: ReadonlyMap<number, string> = new Map([
  [401, sendToken],
  [403, sendToken],
  [407, sendToken],
]);

/** Statuses of a path that does not exist. */
const pathStatuses: ReadonlySet<number> = new Set([404, 405, 410]);

function adviceOfStatus(
  status: number,
  location: string | null,
  url: URL,
  target: Interface,
): string {
  if (status < 300) {
    const response = target.transport === 'websocket' ? 'an upgrade (101)' : 'text/event-stream';
    return `The response must be ${response}. ${checkPath(target)}`;
  }
  if (pathStatuses.has(status)) return checkPath(target);
  if (status >= 400) {
    return (
      adviceByStatus.get(status) ??
      'The server rejects the request; load.request of the scenario sets its body and headers.'
    );
  }
  const isUrl = location !== null && URL.canParse(location, url.href);
  const to = isUrl ? `: ${maskUrls(new URL(location, url.href).href)}` : '';
  return `A load follows no redirect; write the URL that it leads to${to}.`;
}

/** Returns the quoted beginning of a body after a colon; an empty text for an empty body. */
function excerptOf(bytes: Buffer, redact: (text: string) => string): string {
  const text = toVisible(redact(bytes.toString()).replace(/\s+/g, ' ').trim());
  if (text === '') return '';
  return `: "${text.length > 160 ? `${text.slice(0, 160)}…` : text}"`;
}
