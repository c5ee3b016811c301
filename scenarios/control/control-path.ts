/** The path of the control interface, which `serve` and the library have, but not `gateway`. */
export const controlPath = '/__rehearsal';

export function isControlPath(url: string): boolean {
  const path = url.split('?', 1)[0] ?? '';
  return path === controlPath || path.startsWith(`${controlPath}/`);
}
