import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { startProcess, type Command } from './command.ts';

/** A network namespace with an address from the range for documentation, which no real host has. */
export interface Host {
  address: string;
  /** Starts a process on the host with the environment of this process. */
  start(commandLine: readonly string[], options: Parameters<typeof startProcess>[1]): Command;
}

export interface Network {
  /**
   * @param name unique on the network
   * @param aliases name → hosts that this host resolves it to
   */
  makeHost(name: string, aliases?: [string, Host][]): Host;
  /** Deletes the namespaces; their processes lose the network. */
  remove(): void;
}

const prefix = 'rehearsal-';

/** `ip netns exec` mounts the files of a host's folder here over those of /etc. */
const filesOf = (namespace: string) => join('/etc/netns', namespace);

const ip = (args: string) => execFileSync('ip', args.split(' '), { encoding: 'utf8' });

/** Whether tests can create hosts here: on Linux, as root, with iproute2. */
export function canMakeHosts(): boolean {
  const name = `${prefix}${process.pid}-try`;
  const made = spawnSync('ip', ['netns', 'add', name]).status === 0;
  if (made) ip(`netns delete ${name}`);
  return made;
}

/** Creates hosts on one network, each linked to the same switch. */
export function makeNetwork(): Network {
  removeLeftovers();
  const namespaces: string[] = [];
  const makeNamespace = (name: string) => {
    const namespace = `${prefix}${process.pid}-${name}`;
    ip(`netns add ${namespace}`);
    namespaces.push(namespace);
    ip(`-n ${namespace} link set lo up`);
    return namespace;
  };
  const networkSwitch = makeNamespace('switch');
  ip(`-n ${networkSwitch} link add net0 type bridge`);
  ip(`-n ${networkSwitch} link set net0 up`);
  return {
    makeHost(name, aliases = []) {
      const namespace = makeNamespace(name);
      const number = namespaces.length - 1;
      const address = `192.0.2.${number}`;
      const port = `port${number}`;
      ip(`-n ${namespace} link add net0 type veth peer name ${port} netns ${networkSwitch}`);
      ip(`-n ${networkSwitch} link set ${port} master net0 up`);
      ip(`-n ${namespace} address add ${address}/24 dev net0`);
      ip(`-n ${namespace} link set net0 up`);
      mkdirSync(filesOf(namespace), { recursive: true });
      const lines = aliases.map(([alias, host]) => `${host.address} ${alias}\n`);
      writeFileSync(join(filesOf(namespace), 'hosts'), `127.0.0.1 localhost\n${lines.join('')}`);
      return {
        address,
        start: (commandLine, options) =>
          startProcess(['ip', 'netns', 'exec', namespace, ...commandLine], options),
      };
    },
    remove: () => namespaces.forEach(removeNamespace),
  };
}

function removeNamespace(namespace: string): void {
  spawnSync('ip', ['netns', 'delete', namespace]);
  rmSync(filesOf(namespace), { recursive: true, force: true });
}

/** Removes hosts left behind by killed tests. */
function removeLeftovers(): void {
  for (const [namespace = '', pid] of ip('netns list').matchAll(/^rehearsal-(\d+)-\S+/gm)) {
    if (!isRunning(Number(pid))) removeNamespace(namespace);
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
