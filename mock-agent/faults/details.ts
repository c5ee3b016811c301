import { wellFormedText } from '../../proto/notation/well-formed-text.ts';

/** Of a gRPC status, which travels in a header; percent-encoded it may be nine times as long. */
export const detailsSchema = wellFormedText.max(1000);
