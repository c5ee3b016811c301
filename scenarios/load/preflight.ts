import { RehearsalError } from '../console/rehearsal-error.ts';
import { generatePath } from '../../proto/interface.ts';
import { toVisible } from '../../reports/markup.ts';
import { isStreamed } from '../../reports/sample.ts';
import { maskUrls } from '../console/mask-urls.ts';
import { askOnce, hasEvent, type FirstAnswer } from './first-answer.ts';
import type { RequestTemplate } from './request.ts';
import type { TargetUrl } from './target-url.ts';

/** What a first answer means for a load: `refused` would fail every stream, `doubtful` may pass. */
interface Judged {
  kind: 'well' | 'doubtful' | 'refused';
  /** What was seen, in the words that follow the URL. */
  seen: string;
  /** What to do. */
  mend: string;
}

/** How long the first event may take; a server that is slower than that is measured, not refused. */
const limitMs = 5000;

/**
 * Asks a target once before a load is put on it.
 * @returns a sentence on what may be wrong, or null
 * @throws RehearsalError (usage) where no stream of the load could succeed
 * @throws the signal's reason
 */
export async function preflight(
  target: TargetUrl,
  template: RequestTemplate,
  { insecure, signal }: { insecure: boolean; signal: AbortSignal },
): Promise<string | null> {
  const answer = await askOnce(target.request, template, { limitMs, insecure, signal });
  const { kind, seen, mend } = judgeFirstAnswer(answer, target.request, template.redact);
  if (kind === 'well') return null;
  if (kind === 'doubtful') return `${target.text} ${seen}; the load starts all the same`;
  throw new RehearsalError(
    'usage',
    `--target: ${target.text} ${seen}\n  ${mend}\n  --no-preflight puts the load on it all the same.`,
  );
}

/** Statuses by which a server turns one request away, and not every one. */
const passingStatuses: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

/** What to do, by the code of a failed connection. */
const mendsOfErrors: readonly [pattern: RegExp, mend: string][] = [
  [/ENOTFOUND|EAI_/, 'No address is known for this host; check its name.'],
  [/ECONNREFUSED/, 'Nothing listens there; start the server, or check host and port.'],
  [/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/, 'There is no way to this address; check the host.'],
  [
    /ALTNAME/,
    'The certificate of the server is for another name; write the name that it is for, or --insecure to take it all the same.',
  ],
  [
    /CERT|LEAF_SIGNATURE/,
    'The certificate of the server is not trusted; NODE_EXTRA_CA_CERTS=file.pem adds an authority to trust, --insecure takes any certificate.',
  ],
  [
    /EPROTO|SSL|TLS/,
    'The server does not speak TLS on this port; write http://, or check the port.',
  ],
  [/^HPE_/, 'This is not HTTP/1.1; check the port, and whether the URL begins with https://.'],
];

function refused(seen: string, mend: string): Judged {
  return { kind: 'refused', seen, mend };
}

function doubtful(seen: string): Judged {
  return { kind: 'doubtful', seen, mend: '' };
}

/** @param redact masks secrets that the server may say back */
function judgeFirstAnswer(answer: FirstAnswer, url: URL, redact: (text: string) => string): Judged {
  const { error, connected, status, contentType, timedOut, reading } = answer;
  const began = beginningOf(answer.firstBytes, redact);

  if (status === null && error !== null) {
    const mend = mendsOfErrors.find(([pattern]) => pattern.test(error.code))?.[1];
    const how = connected ? 'gave no answer' : 'cannot be reached';
    const what = `${how}: ${redact(error.code === '' ? error.message : error.code)}${began}`;
    return refused(what, mend ?? 'Check host and port, and whether http or https is right.');
  }
  if (status === null) {
    if (!timedOut)
      return refused('closed the connection without an answer', 'Check host and port.');
    return connected
      ? doubtful(`has not answered the first request within ${limitMs / 1000} s`)
      : refused(`cannot be reached within ${limitMs / 1000} s`, 'Check host and port.');
  }
  if (!isStreamed(answer)) {
    const type = contentType === null ? '' : `, ${redact(toVisible(contentType))}`;
    const seen = `answered the first request ${status}${type}${began}`;
    if (status >= 500 || passingStatuses.has(status)) return doubtful(seen);
    return refused(seen, redact(mendOfStatus(status, answer.location, url)));
  }
  if (reading === null) return doubtful('sent no event');
  if (reading.end?.kind === 'error') {
    return doubtful(`answered the first request with the error ${redact(reading.end.code)}`);
  }
  const isOther = reading.malformed !== null || (!hasEvent(reading) && began !== '');
  if (isOther) {
    return refused(
      `streams another format${began}`,
      'The specification wants "event: message" with data: {"delta": "…", "isFinal": false} (B2).',
    );
  }
  if (hasEvent(reading)) return { kind: 'well', seen: '', mend: '' };
  return doubtful(
    timedOut
      ? `has sent no event within ${limitMs / 1000} s`
      : 'ended the first stream without an event',
  );
}

const checkPath = `Check the path. The specified interface is POST ${generatePath}.`;

const giveToken =
  "Give a token: --header 'authorization: Bearer …', or load.request.token of the scenario.";

const mendsOfStatuses: ReadonlyMap<number, string> = new Map([
  [401, giveToken],
  [403, giveToken],
  [407, giveToken],
  [404, checkPath],
  [405, checkPath],
  [410, checkPath],
]);

function mendOfStatus(status: number, location: string | null, url: URL): string {
  if (status < 300) return `A stream is wanted, text/event-stream. ${checkPath}`;
  if (status >= 400) {
    return (
      mendsOfStatuses.get(status) ??
      'The server does not accept the request; load.request of the scenario has its body and headers.'
    );
  }
  const isUrl = location !== null && URL.canParse(location, url.href);
  const to = isUrl ? `: ${maskUrls(new URL(location, url.href).href)}` : '';
  return `A load follows no redirect; give the URL that it leads to${to}.`;
}

/** What a body begins with, in quotes; empty where nothing came. */
function beginningOf(bytes: Buffer, redact: (text: string) => string): string {
  const text = toVisible(redact(bytes.toString()).replace(/\s+/g, ' ').trim());
  if (text === '') return '';
  return `: "${text.length > 160 ? `${text.slice(0, 160)}…` : text}"`;
}
