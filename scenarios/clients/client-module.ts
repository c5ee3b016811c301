/** The request that the function of a client's module receives. */
interface ClientModuleRequest {
  /** The URL of the request, such as `http://127.0.0.1:41234/v1/chat/completions`. */
  url: string;
  /** The URL that SDKs take as base: `…/v1` in OpenAI's formats, otherwise without a path. */
  baseURL: string;
  /** Any key will do; SDKs want one. */
  apiKey: string;
  /** Any model will do. */
  model: string;
  /** The text of the only message, of the user. */
  prompt: string;
  /** Aborts when the time of the case is over. */
  signal: AbortSignal;
}

/** The default export of a client's module: returns the text of the answer, or throws. */
export type ClientFunction = (request: ClientModuleRequest) => Promise<string> | string;

/** Messages to the thread with the module. */
export type ToClientThread =
  | { type: 'run'; id: number; request: Omit<ClientModuleRequest, 'signal'> }
  | { type: 'stop'; id: number };

/** Messages of the thread. */
export type FromClientThread =
  | { type: 'ready' }
  | { type: 'unusable'; message: string }
  | { type: 'returned'; id: number; text: string }
  /** The function returned something other than a text. */
  | { type: 'no-text'; id: number; kind: string }
  | { type: 'threw'; id: number; error: string };
