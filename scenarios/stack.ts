import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { MockAgentStats } from '../mock-agent/server.ts';
import type { FromChild, ToChild } from './child-messages.ts';
import type { LogLevel } from './log-levels.ts';
import type { ProcessHealth } from './process-health.ts';
import type { SendTimes } from './send-times.ts';
import { AlreadyToldError } from './usage-error.ts';

export interface StackOptions {
  /** Paths or catalogue names; the first answers where a request names none. */
  scenarios: readonly string[];
  host: string;
  /** The gateway's; 0 for a free one. */
  port: number;
  agentPort: number;
  /** In place of the scenarios' own. */
  seed?: number | undefined;
  /** Whether scenarios are read again when their files change. */
  watch: boolean;
  /** Whether the gateway has the control interface and the journal before it. */
  control?: boolean;
  /** The frames of the specification alone. */
  bare?: boolean;
  /** What browsers are told to wait before they connect again, in milliseconds. */
  retry?: number;
  /** Who may ask, as the gateway's flag has it; off, whatever the environment lists. */
  auth?: 'off' | 'any' | 'listed';
  /** How many streams the gateway carries at once. */
  maxStreams: number;
  logLevel: LogLevel;
}

/** What the two processes measured about themselves. */
export interface StackHealth {
  agent: ProcessHealth & { stats: MockAgentStats };
  gateway: ProcessHealth;
}

/** An agent and a gateway before it, a process each: neither hides the other's lateness. */
export interface Stack {
  /** The gateway's, without a path. */
  url: string;
  agentAddress: string;
  /** Starts to measure the health of both processes. */
  watch(): void;
  /** Ends the measuring that `watch` started. */
  health(): Promise<StackHealth>;
  /** Has both keep the send times of every stream from now on. */
  recordSendTimes(): void;
  /** What they kept; it is theirs no longer. */
  sendTimes(): Promise<{ agent: SendTimes; gateway: SendTimes }>;
  /** What both processes hold on to, in bytes: their garbage is collected first. */
  heapInUse(): Promise<{ agent: number; gateway: number }>;
  /** Resolves if one of the processes ends unasked; the text says which and how. */
  failed: Promise<string>;
  close(): Promise<void>;
}

const entry = fileURLToPath(new URL(`main${import.meta.url.slice(-3)}`, import.meta.url));

/** How long a process may take to end streams and go, before it is killed. */
const closeGraceMs = 5000;

/**
 * Starts the stack.
 * @throws AlreadyToldError where one of the processes did not come up for a reason that a person can mend.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { scenarios, host, port, agentPort, seed, watch, logLevel } = options;
  const { auth = 'off', maxStreams, bare = false, retry, control = false } = options;
  const agent = await startChild('agent', [
    ...scenarios,
    '--host',
    host,
    '--agent-port',
    String(agentPort),
    '--log-level',
    logLevel,
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...(watch ? [] : ['--no-watch']),
  ]);
  const gateway = await startChild('gateway', [
    '--agent',
    agent.address,
    '--host',
    host,
    '--port',
    String(port),
    '--auth',
    auth,
    '--max-streams',
    String(maxStreams),
    '--log-level',
    logLevel,
    ...(bare ? ['--bare'] : []),
    ...(retry === undefined ? [] : ['--retry', `${retry}ms`]),
    '--wire-faults',
    ...(control ? ['--control', ...scenarios] : []),
    ...(control && seed !== undefined ? ['--control-seed', String(seed)] : []),
    ...(watch ? [] : ['--no-watch']),
  ]).catch(async (error: unknown) => {
    await agent.close();
    throw error;
  });
  let closing = false;
  return {
    url: gateway.address,
    agentAddress: agent.address,
    watch() {
      agent.tell({ type: 'watch' });
      gateway.tell({ type: 'watch' });
    },
    async health() {
      const [ofAgent, ofGateway] = await Promise.all([agent.ask('report'), gateway.ask('report')]);
      if (ofAgent.agent === null) throw new Error('the agent reported no figures of its own');
      return {
        agent: { ...ofAgent.health, stats: ofAgent.agent },
        gateway: ofGateway.health,
      };
    },
    recordSendTimes() {
      agent.tell({ type: 'record' });
      gateway.tell({ type: 'record' });
    },
    async sendTimes() {
      const [ofAgent, ofGateway] = await Promise.all([
        agent.ask('sendTimes'),
        gateway.ask('sendTimes'),
      ]);
      return { agent: ofAgent.times, gateway: ofGateway.times };
    },
    async heapInUse() {
      const [ofAgent, ofGateway] = await Promise.all([agent.ask('heap'), gateway.ask('heap')]);
      return { agent: ofAgent.inUseBytes, gateway: ofGateway.inUseBytes };
    },
    failed: new Promise((resolve) => {
      void Promise.race([agent.ended, gateway.ended]).then((how) => closing || resolve(how));
    }),
    // The gateway first: it tells its clients why, before its agent is gone.
    async close() {
      closing = true;
      await gateway.close();
      await agent.close();
    },
  };
}

type Answer<T extends FromChild['type']> = Extract<FromChild, { type: T }>;

interface Child {
  address: string;
  tell(message: ToChild): void;
  /** Asks, and waits for the answer of the same name. */
  ask<T extends 'report' | 'sendTimes' | 'heap'>(type: T): Promise<Answer<T>>;
  ended: Promise<string>;
  close(): Promise<void>;
}

async function startChild(command: 'agent' | 'gateway', args: string[]): Promise<Child> {
  const child = fork(entry, [command, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`the ${command} failed: ${error.message}`));
    child.once('exit', (code, signal) =>
      resolve(`the ${command} ended (${signal ?? `exit code ${code}`})`),
    );
  });
  const first = await Promise.race([nextMessage(child, 'listening'), ended]);
  if (typeof first === 'string') {
    throw child.exitCode === 2 ? new AlreadyToldError(first) : new Error(first);
  }
  // Whoever is gone hears nothing: `ended` says so, and without the callback it would be an uncaught error.
  const tell = (message: ToChild) => void child.send(message, () => {});
  return {
    address: first.address,
    tell,
    ask(type) {
      const answer = nextMessage(child, type);
      tell({ type });
      return Promise.race([
        answer,
        ended.then((how) => {
          throw new Error(how);
        }),
      ]);
    },
    ended,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const kill = setTimeout(() => child.kill('SIGKILL'), closeGraceMs);
      tell({ type: 'close' });
      await ended;
      clearTimeout(kill);
    },
  };
}

function nextMessage<T extends FromChild['type']>(
  child: ChildProcess,
  type: T,
): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const receive = (message: FromChild) => {
      if (!isOfType(message, type)) return;
      child.off('message', receive);
      resolve(message);
    };
    child.on('message', receive);
  });
}

function isOfType<T extends FromChild['type']>(message: FromChild, type: T): message is Answer<T> {
  return message.type === type;
}
