import { wellFormedText } from '../../proto/notation/well-formed-text.ts';

/** The details of a gRPC status. They travel in a header, percent-encoded to up to nine times the length. */
export const detailsSchema = wellFormedText.max(1000).describe('The message of the status.');
