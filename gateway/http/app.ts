import cors from '@koa/cors';
import { Router } from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import type { Logger } from 'pino';

import type { AgentHealth } from '../agent/agent-health.ts';
import type { Authenticate } from '../auth.ts';
import { errorBody, errorOfHttpStatus, GatewayError, toGatewayError } from '../errors.ts';
import { dialectOf, dialects, isDialectRequest, tokenCounts } from '../../proto/dialects/index.ts';
import { generatePath } from '../../proto/interface.ts';
import { dialectErrorAnswer, exposed } from './dialect-errors.ts';
import { answerInDialect, readBody } from './dialect-route.ts';
import { parseJson, requireJson } from './read-json.ts';
import { createResumableStreams } from './resumable-streams.ts';
import { resumeInDialect } from './resume-route.ts';
import { identityOfError } from './error-identity.ts';
import { refusalOf } from '../connections/refusals.ts';
import { noSuchPath } from '../connections/request-target.ts';
import { answerGeneration } from './generate-route.ts';
import { goneKindOf } from '../client-gone.ts';
import type { Generations } from '../generations.ts';
import type { GatewayHooks } from '../hooks.ts';
import { addHealthRoutes } from './health-routes.ts';
import { addModelRoutes } from './model-routes.ts';
import { addMonitorRoutes } from './monitor-routes.ts';
import type { Monitor } from '../monitor/monitor.ts';
import type { Observers, RequestEvents } from '../observer.ts';
import type { GatewayOptions } from '../options.ts';
import { carrierOf } from '../wire/carrier.ts';

/** The limit of the URL alone; the server limits URL and headers together. */
export const urlLimitKiB = 16;

/** Creates the Koa app: authentication, errors, the generation interface, health and metrics. */
export function createApp(
  generations: Generations,
  authenticate: Authenticate,
  agent: AgentHealth,
  monitor: Monitor,
  observers: Observers,
  options: GatewayOptions,
  log: Logger,
  { middleware, worker, models }: GatewayHooks,
): Koa {
  const router = new Router();
  const requireAuth = (context: Context, next: Next) => {
    authenticate(context);
    return next();
  };
  router.get(generatePath, requireAuth, (context) =>
    answerGeneration(context, context.query, generations, options, eventsOf(context) ?? {}),
  );
  // Before the body, which is not read of unauthenticated requests.
  const readJson = [requireJson, parseJson(options.bodyLimitBytes, 'a JSON object with a prompt')];
  router.post(generatePath, requireAuth, ...readJson, (context) =>
    answerGeneration(context, context.request.body, generations, options, eventsOf(context) ?? {}),
  );
  const requireKey = acceptApiKey(authenticate);
  const readAnyJson = [requireJson, parseJson(options.bodyLimitBytes, 'a JSON object')];
  const resumable = createResumableStreams();
  for (const { dialect, paths, resumePaths = [], hasEmptyResume = false } of dialects) {
    const answering = { dialect, hasEmptyResume, generations, resumable, options };
    router.post([...paths], requireKey, ...readAnyJson, (context) =>
      answerInDialect(context, answering, eventsOf(context) ?? {}),
    );
    for (const path of resumePaths) {
      router.get(path, requireKey, (context) =>
        resumeInDialect(context, answering, eventsOf(context) ?? {}),
      );
    }
  }
  for (const { paths, count } of tokenCounts) {
    router.post([...paths], requireKey, ...readAnyJson, (context) => {
      context.body = readBody(count, context.request.body);
    });
  }
  addModelRoutes(router, requireKey, models ?? (() => Promise.resolve([options.defaultModel])));
  addHealthRoutes(router, agent, generations.closing);
  addMonitorRoutes(router, monitor, worker);

  const app = new Koa();
  if (middleware !== undefined) app.use(middleware);
  const maxAge = 600;
  app.use(cors({ origin: '*', allowMethods: 'GET,POST', maxAge, privateNetworkAccess: true }));
  app.use(observeArrival(observers));
  app.use(answerErrors(observers, log));
  app.use(refuseLongUrl);
  app.use(refuseHead);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** The callbacks for each request for a generation. */
const observed = new WeakMap<Context['req'], RequestEvents>();

function eventsOf({ req }: Context): RequestEvents | undefined {
  return observed.get(req);
}

function observeArrival(observers: Observers) {
  return (context: Context, next: Next) => {
    const { method, req: message } = context;
    const path = pathOf(context);
    const isGeneration =
      path === generatePath
        ? method === 'GET' || method === 'POST'
        : isDialectRequest(method, path);
    if (isGeneration) {
      const { query } = context;
      observed.set(
        message,
        observers.arrived({ transport: method === 'GET' ? 'GET' : 'POST', message, query }),
      );
    }
    return next();
  };
}

/** Responds to errors before a stream with JSON (A4). Inside CORS, so that a page can read it. */
function answerErrors(observers: Observers, log: Logger) {
  return async (context: Context, next: Next) => {
    try {
      await next();
      throwUnanswered(context);
    } catch (thrown) {
      const events = eventsOf(context);
      const goneKind = goneKindOf(thrown);
      if (goneKind !== undefined) {
        events?.ended?.(goneKind);
        context.respond = false;
        return;
      }
      const error = toGatewayError(thrown);
      if (error.code === 'INTERNAL') log.error({ err: error.cause }, 'a request failed');
      const refusal = refusalOf(context.req);
      if (context.headerSent && refusal === undefined) {
        // Too late for an error response, but the client must not wait forever.
        context.res.destroy();
        return;
      }
      if (!canAnswer(context)) {
        // The connection has ended meanwhile, for example with the response to invalid HTTP in the body.
        if (events === undefined) observers.refused(refusal ?? error, context.req);
        else if (refusal !== undefined) events.refused?.(refusal);
        else events.ended?.(carrierOf(context.req).goneKind());
        context.respond = false;
        return;
      }
      if (events === undefined) observers.refused(error, context.req);
      else events.refused?.(error);
      if (error.code === 'METHOD_NOT_ALLOWED') context.set('Allow', methodsOf(context));
      // The CORS middleware skips an OPTIONS request that is not a preflight.
      context.set('Access-Control-Allow-Origin', '*');
      context.status = error.httpStatus;
      writeError(context, error);
    }
  };
}

/** For a HEAD over HTTP/2, Node takes the stream for ended before its response. */
function canAnswer({ req, res, writable, method }: Context): boolean {
  const isHead = req.httpVersionMajor >= 2 && method === 'HEAD';
  return writable || (isHead && !res.writableEnded && !carrierOf(req).isDestroyed());
}

/** Writes an error as a proxy's page, in the dialect of the path, or in the specified form. */
function writeError(context: Context, error: GatewayError): void {
  const dialect = dialectOf(pathOf(context), context.headers);
  if (error.page !== undefined) {
    context.set(exposed(error.headers()));
    context.type = 'text/html';
    context.body = error.page;
  } else if (dialect === undefined) {
    context.set(exposed(error.headers()));
    context.body = errorBody(error);
  } else {
    const identity = identityOfError(context);
    const { headers, body } = dialectErrorAnswer(dialect, error, identity);
    context.set(exposed({ ...error.headers(), ...headers }));
    context.body = body;
  }
}

/** Clients of some formats send their key in a header of its own. */
function acceptApiKey(authenticate: Authenticate) {
  return ({ method, query, headers }: Context, next: Next) => {
    const { authorization, 'x-api-key': key } = headers;
    const ownKey =
      typeof key === 'string' && authorization === undefined ? `Bearer ${key}` : authorization;
    authenticate({ method, query, headers: { ...headers, authorization: ownKey } });
    return next();
  };
}

/** Returns an empty path for an invalid URL, for which Koa's `path` throws. */
function pathOf(context: Context): string {
  try {
    return context.path;
  } catch {
    return '';
  }
}

/** Throws the error for a request without a route; Koa has set its status, but no body. */
function throwUnanswered(context: Context): void {
  const { respond, status, body, method, path } = context;
  if (respond === false || status < 400 || (body !== null && body !== undefined)) return;
  if (status === 404) throw new GatewayError('NOT_FOUND', noSuchPath(path), { missing: 'path' });
  const details = `method: ${method} is not for this path, which has ${methodsOf(context)}`;
  throw errorOfHttpStatus(status, details) ?? new GatewayError('INTERNAL', details);
}

function refuseLongUrl({ url }: Context, next: Next) {
  if (url.length > urlLimitKiB * 1024) {
    const details = `request: its URL must not exceed ${urlLimitKiB} KiB; send a long prompt by POST`;
    throw new GatewayError('INVALID_REQUEST', details, { httpStatus: 414 });
  }
  return next();
}

/** Returns the allowed methods of a path. The router would also list HEAD for a generation. */
function methodsOf({ path, response }: Context): string {
  return path === generatePath ? 'GET, POST, OPTIONS' : response.get('Allow');
}

/** Refuses HEAD for a generation; the router would handle it like GET and start one. */
function refuseHead({ method, path }: Context, next: Next) {
  if (method === 'HEAD' && path === generatePath) {
    throw new GatewayError('METHOD_NOT_ALLOWED', 'method: HEAD starts no stream; use GET or POST');
  }
  return next();
}
