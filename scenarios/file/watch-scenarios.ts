import { dirname, resolve } from 'node:path';

import { watch } from 'chokidar';

import { isRehearsalError, type RehearsalError } from '../console/rehearsal-error.ts';
import { stateOfFiles } from './file-states.ts';
import { findScenarios } from './find-scenario.ts';
import type { Scenario } from './scenario.ts';

/** Receives the result of each change. */
export interface ScenarioWatcher {
  /** Receives all scenarios, read again after one of their files changed. */
  changed(scenarios: Scenario[]): void;
  /** Receives the problems of scenarios that have become invalid. */
  broken(error: RehearsalError): void;
  /** Receives the reason why changes may go unnoticed from now on. */
  lost(message: string): void;
}

/** The delay after the last change until a file is read, because editors write in several steps. */
const settleMs = 150;

/**
 * The polling interval. Polling finds changes without a system event: behind links (a ConfigMap that
 * Kubernetes replaces), on many mounts and on network file systems.
 */
const pollMs = 1000;

/**
 * Watches the files of scenarios, and reads all scenarios again when one changes.
 *
 * @param references file paths or catalogue names
 * @param scenarios the scenarios read from them at first
 * @returns a function that ends the watch
 */
export function watchScenarios(
  references: readonly string[],
  scenarios: readonly Scenario[],
  { changed, broken, lost }: ScenarioWatcher,
): () => Promise<void> {
  let files = filesOf(scenarios);
  let settling: NodeJS.Timeout | undefined;
  // The folders, not the files, because many editors replace a file by a new one.
  const watcher = watch([...foldersOf(files)], {
    depth: 0,
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !files.has(resolve(path)),
  });

  let state = stateOfFiles(files);
  const read = async () => {
    state = stateOfFiles(files);
    try {
      const current = await findScenarios(references);
      files = filesOf(current);
      state = stateOfFiles(files);
      watcher.add([...foldersOf(files)]);
      changed(current);
    } catch (error) {
      if (!isRehearsalError(error, 'scenario')) throw error;
      broken(error);
    }
  };
  watcher.on('error', (error) => lost(error instanceof Error ? error.message : String(error)));
  const settle = () => {
    clearTimeout(settling);
    settling = setTimeout(() => void read(), settleMs);
  };
  watcher.on('all', (_, path) => {
    if (files.has(resolve(path))) settle();
  });
  const compareStates = async () => {
    const [before, now] = await Promise.all([state, stateOfFiles(files)]);
    if (before === now) return;
    state = Promise.resolve(now);
    settle();
  };
  const poll = setInterval(() => void compareStates(), pollMs);

  return async () => {
    clearInterval(poll);
    clearTimeout(settling);
    await watcher.close();
  };
}

function filesOf(scenarios: readonly Scenario[]): Set<string> {
  return new Set(scenarios.flatMap(({ files }) => files).map((file) => resolve(file)));
}

function foldersOf(files: ReadonlySet<string>): Set<string> {
  return new Set(Array.from(files, (file) => dirname(file)));
}
