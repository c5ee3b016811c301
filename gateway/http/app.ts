import { bodyParser } from '@koa/bodyparser';
import cors from '@koa/cors';
import { Router } from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { Logger } from 'pino';

import type { AgentHealth } from '../agent/agent-health.ts';
import type { Authenticate } from '../auth.ts';
import {
  errorBody,
  errorOfHttpStatus,
  GatewayError,
  httpStatusOf,
  toGatewayError,
} from '../errors.ts';
import { generatePath } from '../../proto/interface.ts';
import { noSuchPath } from './request-target.ts';
import { testOf } from './read-request.ts';
import { answerGeneration } from './generate-route.ts';
import { ClientLeft, type Generations } from '../generations.ts';
import type { GatewayHooks } from '../hooks.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addMonitorRoutes } from './monitor-routes.ts';
import type { Journal, RequestRecord } from '../journal.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { GatewayOptions } from '../options.ts';

/** Of the URL alone; the server bounds it together with the headers. */
const urlLimitKiB = 16;

/** The whole path of a request: who may ask, what is answered to an error, and the one interface. */
export function createApp(
  generations: Generations,
  authenticate: Authenticate,
  agent: AgentHealth,
  monitor: Monitor,
  options: GatewayOptions,
  log: Logger,
  { middleware, journal, worker }: GatewayHooks,
): Koa {
  const router = new Router();
  const requireAuth = (context: Context, next: Next) => {
    authenticate(context);
    return next();
  };
  router.get(generatePath, requireAuth, (context) =>
    answerGeneration(context, context.query, generations, options, recordOf(context)),
  );
  // Before the body: nothing is read of whoever may not ask.
  const readJson = [requireJson, parseJson(options.bodyLimitBytes)];
  router.post(generatePath, requireAuth, ...readJson, (context) =>
    answerGeneration(context, context.request.body, generations, options, recordOf(context)),
  );
  addHealthRoutes(router, agent, generations.closing);
  addMonitorRoutes(router, monitor, worker);

  const app = new Koa();
  if (middleware !== undefined) app.use(middleware);
  const maxAge = 600;
  app.use(cors({ origin: '*', allowMethods: 'GET,POST', maxAge, privateNetworkAccess: true }));
  if (journal !== undefined) app.use(keepRecord(journal));
  app.use(answerErrors(monitor, log));
  app.use(refuseLongUrl);
  app.use(refuseHead);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** Where a request for a generation has its record, from its first moment on. */
const records = new WeakMap<Context['req'], RequestRecord>();

function recordOf({ req }: Context): RequestRecord | undefined {
  return records.get(req);
}

function keepRecord(journal: Journal) {
  return (context: Context, next: Next) => {
    const { method, req } = context;
    if ((method === 'GET' || method === 'POST') && pathOf(context) === generatePath) {
      const record = journal.record({
        test: testOf(context.query, req.headers),
        transport: method,
        lastEventId: context.get('Last-Event-ID') || null,
      });
      records.set(req, record);
    }
    return next();
  };
}

/** Every error as JSON, before a stream has started (A4); inside CORS, so that a page can read it. */
function answerErrors(monitor: Monitor, log: Logger) {
  return async (context: Context, next: Next) => {
    try {
      await next();
      throwUnanswered(context);
    } catch (thrown) {
      if (thrown instanceof ClientLeft) {
        monitor.clientLeft();
        recordOf(context)?.over('client-left', false);
        context.respond = false;
        return;
      }
      const error = toGatewayError(thrown);
      if (error.code === 'INTERNAL') log.error({ err: error.cause }, 'a request failed');
      if (context.headerSent) {
        // Too late to say anything: what must not happen is that the client waits for ever.
        context.res.destroy();
        return;
      }
      if (!context.writable) {
        // The connection ended meanwhile, such as with the answer to a body that is no HTTP.
        recordOf(context)?.over('client-left', false);
        context.respond = false;
        return;
      }
      monitor.refused(error, context.req);
      recordOf(context)?.refused(error);
      if (error.code === 'METHOD_NOT_ALLOWED') context.set('Allow', methodsOf(context));
      // Those for CORS leave out an OPTIONS that is no preflight.
      context.set('Access-Control-Allow-Origin', '*');
      context.set(error.headers());
      context.status = error.httpStatus;
      if (error.page !== undefined) context.type = 'text/html';
      context.body = error.page ?? errorBody(error);
    }
  };
}

/** Empty where the URL is none: Koa throws at every look at its path. */
function pathOf(context: Context): string {
  try {
    return context.path;
  } catch {
    return '';
  }
}

/** What no route took: Koa's status says why, but it has no body yet. */
function throwUnanswered(context: Context): void {
  const { respond, status, body, method, path } = context;
  if (respond === false || status < 400 || (body !== null && body !== undefined)) return;
  const details =
    status === 404
      ? noSuchPath(path)
      : `method: ${method} is not for this path, which has ${methodsOf(context)}`;
  throw errorOfHttpStatus(status, details) ?? new GatewayError('INTERNAL', details);
}

function refuseLongUrl({ url }: Context, next: Next) {
  if (url.length > urlLimitKiB * 1024) {
    const details = `request: its URL must not exceed ${urlLimitKiB} KiB; send a long prompt by POST`;
    throw new GatewayError('INVALID_REQUEST', details, { httpStatus: 414 });
  }
  return next();
}

/** What the router found for the path; it would list HEAD for a generation too, and answer it as GET. */
function methodsOf({ path, response }: Context): string {
  return path === generatePath ? 'GET, POST, OPTIONS' : response.get('Allow');
}

/** The router answers HEAD with what answers GET, and that would start a generation. */
function refuseHead({ method, path }: Context, next: Next) {
  if (method === 'HEAD' && path === generatePath) {
    throw new GatewayError('METHOD_NOT_ALLOWED', 'method: HEAD starts no stream; use GET or POST');
  }
  return next();
}

function requireJson(context: Context, next: Next) {
  if (context.request.is('application/json') === false) {
    throw new GatewayError(
      'UNSUPPORTED_MEDIA_TYPE',
      'header Content-Type: must be application/json',
    );
  }
  return next();
}

function parseJson(limitBytes: number) {
  return bodyParser({
    enableTypes: ['json'],
    jsonLimit: limitBytes,
    onError(error) {
      if (httpStatusOf(error) === 413) {
        throw new GatewayError('PAYLOAD_TOO_LARGE', `body: must not exceed ${limitBytes} bytes`);
      }
      throw new GatewayError('INVALID_REQUEST', 'body: must be a JSON object with a prompt');
    },
  });
}
