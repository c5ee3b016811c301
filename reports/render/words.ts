import type { ContentTypeCount } from '../metrics/content-types.ts';
import type { FaultRate } from '../metrics/fault-rates.ts';
import type { Goodput } from '../metrics/goodput.ts';
import type { Hops } from '../metrics/hops.ts';
import type { Arrivals } from '../metrics/open-load.ts';
import type { ReconnectCounts } from '../metrics/reconnects.ts';
import type { Stalls } from '../metrics/stalls.ts';
import { formatCount, formatMs, formatRate, formatRatio, plural } from '../quantity.ts';
import type { Report } from '../report.ts';
import type { Distribution } from '../statistics/distribution.ts';
import type { Expectations } from '../verdict/expectations.ts';

/** In one line: `98 of 100 streams as planned, 2 otherwise`. */
export function describeExpectations({ asForetold, otherwise, open }: Expectations): string {
  const all = asForetold + otherwise + open;
  return [
    `${formatCount(asForetold)} of ${formatCount(all)} streams as planned`,
    `${formatCount(otherwise)} otherwise`,
    ...(open > 0 ? [`${formatCount(open)} left open by their plan`] : []),
  ].join(', ');
}

/** The shares of all judged streams, whatever their plans. */
export function describeRawShares(metrics: {
  connectionSuccess: number | null;
  streamSuccess: number | null;
}): string {
  const { connectionSuccess, streamSuccess } = metrics;
  if (connectionSuccess === null || streamSuccess === null) return 'no stream was judged';
  return `${formatRatio(connectionSuccess)} connected, ${formatRatio(streamSuccess)} completed`;
}

/** Such as `stall 5% planned, 4.8% of 1,000 streams struck`. */
export function describeFaultRate({ name, probabilities, struck, streams }: FaultRate): string {
  const planned = probabilities.map((share) => formatRatio(share)).join(' + ');
  const share = streams === 0 ? 0 : struck / streams;
  return `${name} ${planned} planned, ${formatRatio(share)} of ${formatCount(streams)} streams struck`;
}

/** In one line, to be escaped: `text/event-stream; charset=utf-8 (60 streams)`. Empty where all were as specified. */
export function describeContentTypes(contentTypes: readonly ContentTypeCount[]): string {
  return contentTypes
    .map(({ contentType, count }) => `${contentType} (${plural(count, 'stream')})`)
    .join(', ');
}

/** The hops by names that a person understands, in the order of a message's way. */
export function namedHops(hops: Hops | null): Record<string, Distribution | null> {
  if (hops === null) return {};
  return {
    'request at the agent': hops.requestMs,
    'sent by the agent': hops.agentMs,
    'sent on by the gateway': hops.gatewayMs,
    'read by the load client': hops.clientMs,
  };
}

/** Says what answered, such as `our own mock`. */
export function describeTarget({ ours, middle }: Report['target']): string {
  if (middle) return 'a gateway that is not ours, before our own agent';
  return ours ? 'our own mock' : 'not ours';
}

/** Such as `50.2 a second requested (poisson), 50.1 achieved`. */
export function describeArrivals({
  law,
  requestedPerSec,
  achievedPerSec,
  dropped,
}: Arrivals): string {
  const lost = dropped > 0 ? `, ${formatCount(dropped)} dropped: too many streams were open` : '';
  return `${formatRate(requestedPerSec)} a second requested (${law}), ${formatRate(achievedPerSec)} achieved${lost}`;
}

/** Such as `12 gaps longer than 1 s, in 3 streams`. */
export function describeStalls({ thresholdMs, count, streams }: Stalls): string {
  const longer = `longer than ${formatMs(thresholdMs)}`;
  if (count === 0) return `no gap ${longer}`;
  return `${plural(count, 'gap')} ${longer}, in ${plural(streams, 'stream')}`;
}

/** Such as `12 reconnects, of 10 streams`. */
export function describeReconnects({ count, streams }: ReconnectCounts): string {
  if (count === 0) return 'no stream had to be resumed';
  return `${plural(count, 'reconnect')}, of ${plural(streams, 'stream')}`;
}

/** How the requests of a load travelled, such as `GET over HTTP/2`; empty for the usual way, a POST over HTTP/1.1. */
export function describeTransport(load: Report['load']): string {
  return load.transport === 'post' && load.httpVersion === '1.1' ? '' : nameTransport(load);
}

/** Such as `POST over HTTP/2`. */
export function nameTransport({ transport, httpVersion }: Report['load']): string {
  return `${transportNames[transport]} over HTTP/${httpVersion}`;
}

const transportNames = { post: 'POST', get: 'GET', websocket: 'WebSocket' } as const;

/** Such as `3,402 streams completed in time by both targets (99.2 %), 113 a second`. */
export function describeGoodput({ streams, share, perSec }: Goodput): string {
  if (share === null) return 'no stream was judged';
  return `${plural(streams, 'stream')} completed in time by both targets (${formatRatio(share)}), ${formatRate(perSec)} a second`;
}
