/**
 * Options of a check across the keys of a map or the entries of a list, which runs even if one of them is
 * invalid, so that no problem hides another. The check sees invalid values unparsed.
 */
export const besideProblems = {
  when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null,
};

/** The `params` of an issue about other keys than its own; a message leaves out the value of its own key. */
export const aboutOtherKeys = { isAboutOtherKeys: true };
