/** Writes server-sent events (WHATWG): JSON keeps line ends escaped, so a value is one `data` line. */

/** Returns an event without a name. */
export function dataEvent(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The event that some servers send while they think, in a format that has no such event. */
export const strayPing = namedEvent('ping', { type: 'ping' });

/** Returns an event with a name. */
export function namedEvent(name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
