import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';

import { RehearsalError } from '../console/rehearsal-error.ts';
import type { FromClientThread, ToClientThread } from './client-module.ts';
import type { ClientEnd } from './observation.ts';
import type { ClientRequest } from './observe-client.ts';

/** The thread of a client's module. */
export interface ClientThread {
  /** Runs the client for one request. A thread that crashed or did not stop is replaced. */
  run(request: ClientRequest, stop: AbortSignal): Promise<ClientEnd>;
  close(): Promise<void>;
}

/** How long a module may load, and how long a stopped client may take to end. */
const loadLimitMs = 30_000;
const stopLimitMs = 1000;

const threadUrl = new URL(`client-thread${import.meta.url.slice(-3)}`, import.meta.url);

const apiKey = 'any';
const model = 'gpt-4';

/**
 * Starts a thread with the module of a client. What the module prints goes to standard error.
 * @throws RehearsalError (usage) for a module that cannot be loaded
 */
export async function startClientThread(file: string): Promise<ClientThread> {
  let { worker, isOver } = await load(file);
  let lastId = 0;
  return {
    async run({ url, baseURL, prompt }, stop) {
      if (isOver()) ({ worker, isOver } = await load(file));
      lastId += 1;
      const id = lastId;
      const end = await new Promise<ClientEnd | 'no end'>((settle) => {
        const post = (message: ToClientThread) => worker.postMessage(message, []);
        let stopTimer: NodeJS.Timeout | undefined;
        const abort = () => {
          post({ type: 'stop', id });
          stopTimer = setTimeout(() => finish('no end'), stopLimitMs);
        };
        const finish = (end: ClientEnd | 'no end') => {
          clearTimeout(stopTimer);
          stop.removeEventListener('abort', abort);
          worker.off('message', take).off('error', crash).off('exit', exit);
          settle(end);
        };
        const take = (message: FromClientThread) => {
          if (!('id' in message) || message.id !== id) return;
          // What a client says about being stopped says nothing about the stream.
          finish(stop.aborted ? stopped : endOf(message));
        };
        const crash = (error: Error) => finish(crashed(error.message));
        const exit = (code: number) => finish(crashed(`process.exit(${code})`));
        worker.on('message', take).on('error', crash).on('exit', exit);
        if (stop.aborted) abort();
        else stop.addEventListener('abort', abort);
        post({ type: 'run', id, request: { url, baseURL, apiKey, model, prompt } });
      });
      if (end !== 'no end' && end.end !== 'crash') return end;
      // It may compute for ever.
      await worker.terminate();
      ({ worker, isOver } = await load(file));
      return end === 'no end' ? stopped : end;
    },
    async close() {
      await worker.terminate();
    },
  };
}

const stopped: ClientEnd = { text: '', end: 'none', error: null };

const crashed = (error: string): ClientEnd => ({ text: '', end: 'crash', error });

function endOf(message: FromClientThread): ClientEnd {
  switch (message.type) {
    case 'returned':
      return { text: message.text, end: 'success', error: null };
    case 'threw':
      return { text: '', end: 'error', error: message.error };
    case 'no-text':
      return { text: '', end: 'success', error: `returned ${message.kind} in place of the text` };
    case 'ready':
    case 'unusable':
      throw new Error(`a thread that is ready says ${message.type}`);
  }
}

async function load(file: string): Promise<{ worker: Worker; isOver: () => boolean }> {
  const worker = new Worker(threadUrl, { workerData: { file: resolve(file) }, stdout: true });
  worker.stdout.pipe(process.stderr, { end: false });
  // Between two cases nobody listens, and an error of an emitter without listeners ends the process.
  worker.on('error', () => {});
  const problem = await new Promise<string | undefined>((settle) => {
    const timer = setTimeout(
      () => settle(`it did not load within ${loadLimitMs / 1000}s`),
      loadLimitMs,
    );
    const finish = (text: string | undefined) => {
      clearTimeout(timer);
      worker.off('message', take).off('error', fail).off('exit', exit);
      settle(text);
    };
    const take = (message: FromClientThread) =>
      finish(message.type === 'unusable' ? message.message : undefined);
    const fail = ({ message }: Error) => finish(message);
    const exit = (code: number) => finish(`it ended the process with code ${code}`);
    worker.on('message', take).on('error', fail).on('exit', exit);
  });
  let isOver = false;
  worker.once('exit', () => (isOver = true));
  if (problem === undefined) return { worker, isOver: () => isOver };
  await worker.terminate();
  throw new RehearsalError('usage', `${file} cannot be used as a client: ${problem}`);
}
