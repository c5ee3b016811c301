/** Whether a client closed its connection itself, or read nothing until the gateway closed it. */
export type GoneKind = 'client-left' | 'not-read';

/** The reasons to abort the work for a client, and to destroy its connection: values that are compared. */
export const goneReasons: Readonly<Record<GoneKind, Error>> = {
  'client-left': new Error('client-left'),
  'not-read': new Error('not-read'),
};

/** Returns why a client is gone, by the reason of an abort; undefined for anything else. */
export function goneKindOf(reason: unknown): GoneKind | undefined {
  if (reason === goneReasons['client-left']) return 'client-left';
  return reason === goneReasons['not-read'] ? 'not-read' : undefined;
}
