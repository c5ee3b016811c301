import { isOpenField, maskUrls } from '../../console/mask-urls.ts';

/** The URL of a target, with its secrets separated. */
export interface TargetUrl {
  /** The URL of requests, without user, password and fragment. */
  request: URL;
  /** The URL with masked secrets, for reports and logs. */
  text: string;
  /** `Basic …` of user and password (RFC 7617); undefined without them. */
  authorization: string | undefined;
  /** The secrets as written in the URL, and decoded, as a server may echo them. */
  secrets: string[];
}

/** The minimum length of a secret: shorter ones occur in ordinary words. */
const shortestSecret = 3;

/** Separates an http or https URL from its secrets. */
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

/** Percent-decodes a part of a URL; returns a part with a malformed `%` unchanged, as browsers do. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
