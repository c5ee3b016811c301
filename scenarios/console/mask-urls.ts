/** What stands in the place of a secret. */
export const mask = '***';

/** Query fields whose values are no secrets: those of the interface that a reader wants to see. */
const openFields: ReadonlySet<string> = new Set([
  'alt',
  'api-version',
  'fault',
  'model',
  'scenario',
  'seed',
  'speed',
  'stream',
  'test',
]);

/**
 * Masks what may be secret in the URLs of a text: user and password, the values of query fields and
 * what follows a `#`. A field is masked whatever its name, since a key may have any.
 */
export function maskUrls(text: string): string {
  return text.replace(/:\/\/[^\s"'<>]+/g, maskAfterScheme);
}

/**
 * Masks a text that was given as a URL and may be none, such as one whose password has a slash in
 * it: everything up to its last `@` as well.
 */
export function maskAddress(text: string): string {
  const at = text.lastIndexOf('@');
  if (at === -1) return maskQuery(text);
  const scheme = /^[a-z]+:\/\/?/i.exec(text)?.[0] ?? '';
  return maskQuery(`${scheme}${mask}${text.slice(at)}`);
}

/** Whether the value of a query field is left in sight. */
export function isOpenField(name: string): boolean {
  return openFields.has(name);
}

function maskAfterScheme(rest: string): string {
  const last = rest.lastIndexOf('@');
  const end = rest.slice(3).search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, 3 + end);
  // A slash in a password, not encoded, makes a path of the rest.
  if (last > authority.length && rest.slice(authority.length, last).includes(':')) {
    return `://${mask}${maskQuery(rest.slice(last))}`;
  }
  const at = authority.lastIndexOf('@');
  const shown = at === -1 ? authority : `://${mask}${authority.slice(at)}`;
  return shown + maskQuery(rest.slice(authority.length));
}

function maskQuery(text: string): string {
  const [beforeHash, hash] = splitOnce(text, '#');
  const [path, query] = splitOnce(beforeHash, '?');
  const fields = query?.split('&').map((field) => {
    const [name, value] = splitOnce(field, '=');
    // A field without a name may be the secret itself: `?sk-123`.
    if (value === undefined) return field === '' ? '' : mask;
    return isOpenField(name) || value === '' ? field : `${name}=${mask}`;
  });
  return `${path}${fields === undefined ? '' : `?${fields.join('&')}`}${hash ? `#${mask}` : ''}`;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
