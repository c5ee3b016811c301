/** What a bearer token may consist of (RFC 6750, `b64token`). */
export const bearerToken = /^[\w\-.~+/]+=*$/;
