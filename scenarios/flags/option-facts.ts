// Written by `npm run generate` from gateway/options.ts and scenarios/processes/start-message.ts:
// loading the schemas themselves would make the start of `serve` slower.

export interface OptionFacts {
  type: 'boolean' | 'integer' | 'number' | 'string';
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  default?: boolean | number | string;
}

export const optionFacts: Readonly<
  Record<'agent' | 'gateway', Readonly<Record<string, OptionFacts>>>
> = {
  agent: {
    logLevel: {
      type: 'string',
      enum: ['silent', 'error', 'warn', 'info', 'debug'],
      default: 'info',
    },
    host: {
      type: 'string',
      default: '127.0.0.1',
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      default: 50051,
    },
    seed: {
      type: 'integer',
    },
    watch: {
      type: 'boolean',
      default: true,
    },
    metricsPort: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
    },
  },
  gateway: {
    host: {
      type: 'string',
      default: '127.0.0.1',
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65535,
      default: 8080,
    },
    agentAddress: {
      type: 'string',
      default: '127.0.0.1:50051',
    },
    maxStreams: {
      type: 'integer',
      minimum: 1,
      default: 1500,
    },
    eventIds: {
      type: 'boolean',
      default: true,
    },
    retryMs: {
      type: 'integer',
      minimum: 0,
      maximum: 2147483647,
    },
    wireFaults: {
      type: 'boolean',
      default: false,
    },
    logLevel: {
      type: 'string',
      enum: ['silent', 'error', 'warn', 'info', 'debug'],
      default: 'info',
    },
    workers: {
      type: 'integer',
      minimum: 1,
      default: 1,
    },
  },
};
