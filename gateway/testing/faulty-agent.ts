import { Metadata } from '@grpc/grpc-js';

import { wireMetadata, type WireFault } from '../../proto/wire-fault.ts';
import type { AgentScript } from './scripted-agent.ts';

/** An agent that asks for faults of the wire and says ab, 写é, ef and an empty final. */
export function asking(faults: readonly WireFault[] | string): AgentScript {
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

/** However the text was merged into messages. */
export function textOf(body: string): string {
  return [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta).join('');
}
