import { endpointOf } from '../../proto/interface.ts';
import { maskAddress } from '../console/mask-urls.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Scenario } from '../file/scenario.ts';
import { secretsOfHeaders } from '../load/headers.ts';
import { preflight } from '../load/preflight/preflight.ts';
import { pathOfLoad, requestTemplate } from '../load/request.ts';
import { runLoad, type LoadOptions, type LoadResult } from '../load/run-load.ts';
import { readTargetUrl } from '../load/target/target-url.ts';
import { usualTrust, type Trust } from '../load/target/trust.ts';

export interface TargetOptions extends Pick<
  LoadOptions,
  'seed' | 'shard' | 'startAtMs' | 'httpVersion' | 'onProgress'
> {
  /** Headers of every request; they replace the scenario's of the same name, and their values are secrets. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Whether each prompt has the key of its stream, for a gateway that does not forward headers. */
  keyInPrompt?: boolean | undefined;
  /** Which certificates of an https target are accepted; by default those that Node trusts. */
  trust?: Trust | undefined;
  signal: AbortSignal;
}

/**
 * Sends a target one request before a load, as `load/preflight/preflight.ts` describes.
 * @returns what is doubtful, with the URL; or null
 * @throws RehearsalError (usage) if no stream of the load could succeed
 */
export async function checkTarget(
  { load: { request } }: Scenario,
  target: string,
  { headers = {}, keyInPrompt, trust = usualTrust, signal }: TargetOptions,
): Promise<string | null> {
  const url = readTargetUrl(new URL(targetUrl(target, request)));
  const template = requestTemplate(request, headers, {
    authorization: url.authorization,
    secrets: [...url.secrets, ...secretsOfHeaders(headers)],
    keyInPrompt,
  });
  return preflight(url, template, { trust, signal });
}

/** Runs the load of a scenario against a server that is not ours. */
export async function measureTarget(
  { load: profile }: Scenario,
  url: string,
  { headers = {}, trust = usualTrust, ...options }: TargetOptions,
): Promise<LoadResult> {
  return runLoad({
    ...options,
    url,
    profile,
    headers,
    secrets: secretsOfHeaders(headers),
    trust,
  });
}

/**
 * Returns the URL of the interface; a target without a path gets the one of the load's format.
 * @throws RehearsalError (usage) for a text that is not a URL with http or https
 */
export function targetUrl(
  target: string,
  request: Pick<Scenario['load']['request'], 'dialect'>,
): string {
  // Not URL.parse, which Node documents from version 22 on.
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RehearsalError(
      'usage',
      `--target: "${maskAddress(target)}" is not a URL with http or https`,
    );
  }
  return endpointOf(url, pathOfLoad(request)).href;
}
