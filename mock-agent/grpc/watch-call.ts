import type { Metadata } from '@grpc/grpc-js';

import type { CallEnd } from './call-end.ts';
import type { Call } from './call.ts';

/** A call of a gateway or of another client. */
export interface WatchedCall {
  key: string;
  prompt: string;
  model: string;
  metadata: Metadata;
  /** When the deadline of the call is, in Unix milliseconds; infinite without one. */
  deadlineMs: number;
}

/** Observes a call. */
export interface CallWatcher {
  /**
   * Receives the time of the request, then the time at which each chunk was sent (or would have been without
   * back-pressure), by `performance.now()`.
   */
  sent?: ((atMs: number) => void) | undefined;
  /** Receives the cause of the call's end. */
  ended?: ((cause: CallEnd) => void) | undefined;
}

export function watchedCall(call: Call, key: string): WatchedCall {
  const { prompt, model } = call.request;
  const deadlineMs = Number(call.getDeadline());
  return { key, prompt, model, metadata: call.metadata, deadlineMs };
}
