import { dirname, resolve } from 'node:path';

import { watch } from 'chokidar';

import { isRehearsalError, type RehearsalError } from '../console/rehearsal-error.ts';
import { stateOfFiles } from './file-states.ts';
import { findScenarios } from './find-scenario.ts';
import type { Scenario } from './scenario.ts';

/** What becomes of a change. */
export interface ScenarioWatcher {
  /** All scenarios, read anew after one of their files changed. */
  changed(scenarios: Scenario[]): void;
  /** They cannot be used as they are now. */
  broken(error: RehearsalError): void;
  /** Changes may go unnoticed from now on; the message says why. */
  lost(message: string): void;
}

/** Editors write a file in several steps; so long after the last of them it is read. */
const settleMs = 150;

/**
 * How often files are looked at besides: the system tells nothing of a change at the other end of a link, as
 * in a ConfigMap that Kubernetes replaces, nor on many mounts and network file systems.
 */
const pollMs = 1000;

/**
 * Watches the files that scenarios were made of, and reads the scenarios anew when one changes.
 *
 * @param references as a person named them
 * @param scenarios what was read at first
 * @returns ends the watch
 */
export function watchScenarios(
  references: readonly string[],
  scenarios: readonly Scenario[],
  { changed, broken, lost }: ScenarioWatcher,
): () => Promise<void> {
  let files = filesOf(scenarios);
  let settling: NodeJS.Timeout | undefined;
  // The folders, not the files: many an editor puts a new file in the place of the old one.
  const watcher = watch([...foldersOf(files)], {
    depth: 0,
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !files.has(resolve(path)),
  });

  let state = stateOfFiles(files);
  const read = async () => {
    state = stateOfFiles(files);
    try {
      const read = await findScenarios(references);
      files = filesOf(read);
      state = stateOfFiles(files);
      watcher.add([...foldersOf(files)]);
      changed(read);
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
