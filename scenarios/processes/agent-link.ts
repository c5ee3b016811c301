import type { Hold, StreamCommand, StreamPosition } from '../../proto/stream-commands.ts';
import { clearTimeout, setTimeout } from '../../proto/timers.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import type { FromChild, Relayed, ToChild } from './messages.ts';

/** How long the agent may take to answer, beyond the limit of a command. */
const answerLimitMs = 5000;

function send(body: Relayed): void {
  const message: FromChild = { type: 'relay', body };
  // Without the callback, a parent that has just exited would be an uncaught error.
  process.send?.(message, () => {});
}

function onRelayed(receive: (body: Relayed) => void): void {
  process.on('message', (message: ToChild) => {
    if (message.type === 'relay') receive(message.body);
  });
}

/** The agent in another process, which the parent connects. */
export interface AgentLink {
  /** @throws RehearsalError (stream) with the agent's message, or if it does not answer */
  command(id: string, command: StreamCommand): Promise<StreamPosition>;
  /** Adds scenarios to those of the agent. @throws RehearsalError (stream) as above */
  addScenario(scenario: object): Promise<void>;
}

/** Connects a gateway to its agent. */
export function linkToAgent(onHold: (id: string, hold: Hold | undefined) => void): AgentLink {
  const pending = new Map<number, (reply: Relayed & { do: 'reply' }) => void>();
  let lastRequest = 0;
  onRelayed((body) => {
    if (body.do === 'held') onHold(body.id, body.hold ?? undefined);
    if (body.do === 'reply') pending.get(body.request)?.(body);
  });

  const ask = (
    body: (request: number) => Relayed,
    limitMs: number,
  ): Promise<StreamPosition | undefined> =>
    new Promise((resolve, reject) => {
      const request = (lastRequest += 1);
      const timer = setTimeout(() => {
        pending.delete(request);
        reject(new RehearsalError('stream', 'the agent does not answer'));
      }, limitMs + answerLimitMs);
      pending.set(request, ({ position, error }) => {
        clearTimeout(timer);
        pending.delete(request);
        if (error === undefined) resolve(position);
        else reject(new RehearsalError('stream', error));
      });
      send(body(request));
    });

  return {
    async command(id, command) {
      const limitMs = 'limitMs' in command ? command.limitMs : 0;
      const position = await ask((request) => ({ do: 'command', request, id, command }), limitMs);
      if (position === undefined) throw new RehearsalError('stream', 'the agent told no position');
      return position;
    },
    async addScenario(scenario) {
      await ask((request) => ({ do: 'add-scenario', request, scenario }), 0);
    },
  };
}

/** What a gateway asks of its agent. */
interface LinkedAgent {
  command(id: string, command: StreamCommand): Promise<StreamPosition>;
  addScenario(scenario: object): Promise<void>;
}

/** Answers the gateway of this agent. */
export function answerGateway({ command, addScenario }: LinkedAgent): void {
  onRelayed((body) => {
    if (body.do === 'command') void reply(body.request, command(body.id, body.command));
    if (body.do === 'add-scenario') void reply(body.request, addScenario(body.scenario));
  });
}

async function reply(request: number, work: Promise<StreamPosition | void>): Promise<void> {
  try {
    send({ do: 'reply', request, position: (await work) ?? undefined });
  } catch (error) {
    send({ do: 'reply', request, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Tells the gateway that a stream is held, or goes on. */
export function tellHold(id: string, hold: Hold | undefined): void {
  send({ do: 'held', id, hold: hold ?? null });
}
