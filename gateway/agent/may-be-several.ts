/**
 * Whether calls to these addresses may go to several agents: there are several, one is a name for gRPC to resolve,
 * or one is a list.
 */
export function mayBeSeveral(addresses: string | readonly string[]): boolean {
  const list = [addresses].flat();
  return list.length > 1 || list.some((each) => each.startsWith('dns:') || each.includes(','));
}
