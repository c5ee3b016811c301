/** Where the control interface stands; `serve` and the library have it, the gateway alone has not. */
export const controlPath = '/__rehearsal';

export function isControlPath(url: string): boolean {
  const path = url.split('?', 1)[0] ?? '';
  return path === controlPath || path.startsWith(`${controlPath}/`);
}
