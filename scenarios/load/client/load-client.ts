/** A request of a stream, as it is sent. */
export interface OutgoingRequest {
  /** With the query. */
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Empty for a GET. */
  body: string;
}

/** How a connection ended while a response was pending. */
export type Loss =
  /** The server closed it (FIN). */
  | { kind: 'closed' }
  /** The server ended a WebSocket with a close frame, described as `closed with 1000`. */
  | { kind: 'ended'; by: string }
  /** The socket failed with this code, or was reset. */
  | { kind: 'broken'; code: string; error?: Error }
  /** The data broke the transport's protocol: was not HTTP, for example. */
  | { kind: 'garbled'; reason: string };

/** Observes the pending request; unrequested responses cause no call. */
export interface ClientHooks {
  connected(): void;
  head(status: number, contentType: string | null): void;
  /** @param bytes a part of the body; of a WebSocket, a whole text message */
  body(bytes: Buffer): void;
  /** The response is complete; the connection stays open if it can be reused. */
  complete(): void;
  /** The connection ended before the response was complete. */
  lost(loss: Loss): void;
}

/** Sends one request at a time, and connects only for a request. */
export interface LoadClient {
  /** Whether the next request will reuse an open connection. */
  isConnected(): boolean;
  /** Writes a request, over a new connection if none is open. */
  send(request: OutgoingRequest): void;
  /** Pauses reading for so long, or until the next request; data then waits in the network. */
  pause(forMs: number): void;
  /** Abandons the pending request, and closes its connection; no hook is called. */
  drop(): void;
  /** Ends the client; resolves when its last socket is closed. */
  close(): Promise<void>;
}
