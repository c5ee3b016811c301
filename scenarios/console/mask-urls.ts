/** Replaces a secret. */
export const mask = '***';

/** Query fields of the interface whose values are shown. */
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
 * Masks possible secrets in the URLs of a text: user and password, values of query fields, and the part
 * after `#`. Unlisted query fields are masked, since the field of a key can have any name.
 */
export function maskUrls(text: string): string {
  return text.replace(/:\/\/[^\s"'<>]+/g, maskAfterScheme);
}

/**
 * Masks a text that should be a URL but may not be one, for example because its password contains a
 * slash: everything up to the last `@` is masked too.
 */
export function maskAddress(text: string): string {
  const lastAt = text.lastIndexOf('@');
  if (lastAt === -1) return maskQuery(text);
  const scheme = /^[a-z]+:\/\/?/i.exec(text)?.[0] ?? '';
  return maskQuery(`${scheme}${mask}${text.slice(lastAt)}`);
}

/** Whether the value of a query field is shown. */
export function isOpenField(name: string): boolean {
  return openFields.has(name);
}

/** @param address a URL from its `://` on */
function maskAfterScheme(address: string): string {
  const lastAt = address.lastIndexOf('@');
  const end = address.slice(3).search(/[/?#]/);
  const authority = end === -1 ? address : address.slice(0, 3 + end);
  // An unencoded slash in a password looks like the start of the path.
  if (lastAt > authority.length && address.slice(authority.length, lastAt).includes(':')) {
    return `://${mask}${maskQuery(address.slice(lastAt))}`;
  }
  const userEnd = authority.lastIndexOf('@');
  const maskedAuthority = userEnd === -1 ? authority : `://${mask}${authority.slice(userEnd)}`;
  return maskedAuthority + maskQuery(address.slice(authority.length));
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
  const index = text.indexOf(separator);
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
