/** A key of a load that contradicts another. */
export interface LoadContradiction {
  path: string[];
  message: string;
}

/** The keys of a load: valid durations in milliseconds, invalid values as written. */
interface WrittenLoad {
  streams?: unknown;
  arrivals?: unknown;
  stages: unknown;
  total?: unknown;
  ramp?: unknown;
  warmUp?: unknown;
  window?: unknown;
  conversation?: unknown;
  request?: unknown;
}

/** Returns the keys of a load that contradict each other. */
export function loadContradictions(load: WrittenLoad): LoadContradiction[] {
  const { streams, arrivals, stages, total, ramp, warmUp, window } = load;
  const contradictions: LoadContradiction[] = [];
  const refuse = (path: string[], message: string) => contradictions.push({ path, message });
  const refuseEach = (keys: object, message: string) => {
    for (const [key, value] of Object.entries(keys)) {
      if (value !== undefined) refuse([key], message);
    }
  };
  refuseParts(load, refuse);
  const hasStages = !Array.isArray(stages) || stages.length > 0;
  if (arrivals !== undefined && streams !== undefined) {
    refuse(['streams'], 'a load has streams or arrivals, not both; leave one out');
  }
  if (total !== undefined) {
    if (hasStages) refuse(['stages'], 'a load has stages or total, not both; leave one out');
    refuseEach({ warmUp, window }, 'with total every stream is judged; leave this out');
  }
  if (isMap(arrivals) && arrivals['trace'] !== undefined) {
    const message = 'the trace has all arrivals; leave this out';
    for (const key of ['perSecond', 'law']) {
      if (arrivals[key] !== undefined) refuse(['arrivals', key], message);
    }
    refuseEach({ ramp, warmUp, window, total, stages: hasStages ? stages : undefined }, message);
    return contradictions;
  }
  if (!hasStages) {
    if (isMap(arrivals) && arrivals['perSecond'] === undefined) {
      refuse(['arrivals'], 'write perSecond, trace, or stages');
    }
    return contradictions;
  }
  if (isMap(arrivals) && arrivals['perSecond'] !== undefined) {
    refuse(['arrivals', 'perSecond'], 'the stages set the rate; leave this out');
  }
  refuseEach({ streams }, 'the stages set the number of streams; leave this out');
  refuseEach({ ramp, warmUp, window }, 'the stages are the window; leave this out');
  if (Array.isArray(stages) && stages.every(isStage) && !hasLoad(stages)) {
    refuse(['stages'], 'no stage has a load: one needs over > 0ms, and to > 0 there or before');
  }
  return contradictions;
}

/** The keys of a body that a conversation writes. */
const messageKeys = ['messages', 'input'];

/** Refuses a conversation and tools where the load has no place for them. */
function refuseParts(
  { conversation, request, arrivals }: WrittenLoad,
  refuse: (path: string[], message: string) => void,
): void {
  const { dialect, tools, body, transport, reconnects, httpVersion } = isMap(request)
    ? request
    : {};
  if (typeof transport === 'string' && transport !== 'post' && dialect !== undefined) {
    refuse(
      ['request', 'transport'],
      'is for the specified interface, and a dialect has POST only; leave out one of them',
    );
  }
  if (transport === 'get' && isMap(body) && Object.keys(body).length > 0) {
    refuse(
      ['request', 'body'],
      'a GET has no body; write more fields in the query of the target (--target)',
    );
  }
  if (transport === 'websocket' && httpVersion === 2) {
    refuse(['request', 'httpVersion'], 'a WebSocket is an upgrade of HTTP/1.1; leave this out');
  }
  if (transport !== 'get' && reconnects !== undefined) {
    refuse(
      ['request', 'reconnects'],
      'only a stream over GET is resumed; write transport: get, or leave this out',
    );
  }
  const needed = 'needs request.dialect: the specified interface has one prompt and no tools';
  if (dialect === undefined && Array.isArray(tools) && tools.length > 0) {
    refuse(['request', 'tools'], needed);
  }
  if (conversation === undefined) return;
  if (dialect === undefined) refuse(['conversation'], needed);
  if (isMap(arrivals) && arrivals['trace'] !== undefined) {
    refuse(['conversation'], 'the trace of arrivals has the requests; leave one of them out');
  }
  for (const key of messageKeys) {
    if (isMap(body) && body[key] !== undefined) {
      refuse(['request', 'body', key], 'the conversation has the messages; leave this out');
    }
  }
}

interface Stage {
  overMs: number;
  to: number;
}

function hasLoad(stages: readonly Stage[]): boolean {
  return stages.some(
    ({ overMs, to }, index) => overMs > 0 && (to > 0 || (stages[index - 1]?.to ?? 0) > 0),
  );
}

function isStage(stage: unknown): stage is Stage {
  return isMap(stage) && typeof stage['overMs'] === 'number' && typeof stage['to'] === 'number';
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
