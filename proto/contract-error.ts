/**
 * `request`: a request that its dialect does not allow.
 * `tls-file`: a certificate or a key that cannot be used.
 * `agent-proto`: an agent's interface that cannot be used.
 * `report`: a text that is no report of this version.
 */
export type ContractErrorCode = 'request' | 'tls-file' | 'agent-proto' | 'report';

interface ContractErrorDetails extends ErrorOptions {
  param?: string | undefined;
  details?: object | undefined;
}

/** An input that does not follow its contract; the message says where, and what is wrong. */
export class ContractError extends Error {
  readonly code: ContractErrorCode;
  /** The path of the field of a request that is wrong. */
  readonly param: string | undefined;
  /** Facts for programs, as the error object of the dialect has them. */
  readonly details: object | undefined;

  constructor(
    code: ContractErrorCode,
    message: string,
    { param, details, cause }: ContractErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ContractError';
    this.code = code;
    this.param = param;
    this.details = details;
  }
}
