import type { Duplex } from 'node:stream';

/** Whether a client closed its connection itself, or read nothing until the gateway closed it. */
export type GoneKind = 'client-left' | 'not-read';

/** The reason to abort the work for a client, and to destroy its connection. */
export class ClientGone extends Error {
  readonly kind: GoneKind;

  constructor(kind: GoneKind) {
    super(kind);
    this.kind = kind;
  }
}

/** Returns why the client of a closed connection is gone. */
export function goneKindOf({ errored }: Pick<Duplex, 'errored'>): GoneKind {
  return errored instanceof ClientGone ? errored.kind : 'client-left';
}
