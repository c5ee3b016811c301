import { Metadata } from '@grpc/grpc-js';

import { wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import type { AgentScript } from './scripted-agent.ts';

/** An agent that requests wire faults and sends ab, 写é, ef and an empty final chunk. */
export function requesting(faults: readonly WireFault[] | string): AgentScript {
  return (call) => {
    const metadata = new Metadata();
    metadata.set(wireMetadata, typeof faults === 'string' ? faults : JSON.stringify(faults));
    call.sendMetadata(metadata);
    for (const delta of ['ab', '写é', 'ef']) call.write({ delta });
    call.write({ delta: '', isFinal: true });
    call.end();
  };
}

/** A message of a stream without ids. */
export const message = (delta: string, isFinal = false) =>
  `event: message\ndata: {"delta":"${delta}","isFinal":${isFinal}}\n\n`;

/** Returns the text of a body, for any division into messages. */
export function textOf(body: string): string {
  return [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');
}
