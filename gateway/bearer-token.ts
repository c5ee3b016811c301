/** The syntax of a bearer token (`b64token`, RFC 6750, section 2.1). */
export const bearerToken = /^[\w\-.~+/]+=*$/;
