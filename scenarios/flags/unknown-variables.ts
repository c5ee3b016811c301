import { didYouMean } from '../../proto/problems/nearest-name.ts';
import { tokensVariable } from './auth-flag.ts';
import { optionFacts } from './option-facts.ts';

const prefix = 'REHEARSAL_';

/** Variables that other commands read, or that our documents name. */
const otherVariables: ReadonlySet<string> = new Set([
  tokensVariable,
  'REHEARSAL_TOKEN',
  'REHEARSAL_URL',
  'REHEARSAL_REF',
  'REHEARSAL_REPOSITORY',
]);

/** Names of variables that Kubernetes sets for a Service. */
const serviceLink = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?$/;

/** Whether Kubernetes has set a variable for a Service, such as REHEARSAL_PORT=tcp://10.0.0.1:8080. */
export function isServiceLink(name: string, text: string): boolean {
  return serviceLink.test(name) || (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(text));
}

/** Returns a warning for each variable that looks like one of ours but is not. */
export function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = optionFacts.map(({ variable }) => variable.slice(prefix.length));
  return Object.entries(environment).flatMap(([name, text = '']) => {
    const ownName = name.slice(prefix.length);
    if (!name.startsWith(prefix) || known.includes(ownName) || otherVariables.has(name)) return [];
    if (isServiceLink(name, text)) return [];
    // The prefix is left out, since it would make all names similar.
    const similar = didYouMean(ownName, known).replace('"', `"${prefix}`);
    const hint = similar || '; docs/options.md lists all';
    return [`the environment variable ${name} sets nothing${hint}`];
  });
}
