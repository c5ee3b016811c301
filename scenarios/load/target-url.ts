import { isOpenField, maskUrls } from '../console/mask-urls.ts';

/** A URL that requests go to, its secrets apart from it. */
export interface TargetUrl {
  /** What a request is sent to, without user, password and fragment. */
  request: URL;
  /** The URL for people, reports and logs: its secrets are masked. */
  text: string;
  /** `Basic …` of user and password (RFC 7617); undefined where the URL has none. */
  authorization: string | undefined;
  /** The secrets as they stand in the URL and as a server may say them back. */
  secrets: string[];
}

/** Shorter texts are in too many words to be told apart from them. */
const shortestSecret = 3;

/** Takes a URL of http or https apart. */
export function readTargetUrl(url: URL): TargetUrl {
  const request = new URL(url);
  request.username = '';
  request.password = '';
  request.hash = '';
  const [user, password] = [decode(url.username), decode(url.password)];
  const basic =
    url.username === '' && url.password === ''
      ? undefined
      : Buffer.from(`${user}:${password}`).toString('base64');
  const fields = url.search
    .slice(1)
    .split('&')
    .map((field) => /^(?:([^=]*)=)?(.*)$/s.exec(field) ?? [])
    .filter(([, name]) => name === undefined || !isOpenField(name))
    .map(([, , value = '']) => value);
  const secrets = [url.username, url.password, ...fields]
    .flatMap((raw) => [raw, decode(raw), decode(raw.replaceAll('+', ' '))])
    .concat(basic ?? []);
  return {
    request,
    text: maskUrls(url.href),
    authorization: basic === undefined ? undefined : `Basic ${basic}`,
    secrets: [...new Set(secrets)].filter((secret) => secret.length >= shortestSecret),
  };
}

/** Percent-decodes a part of a URL; one with a `%` that encodes nothing stays as it is, as browsers have it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
