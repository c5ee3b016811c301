/** How an option is named and explained to people; an option without a description is internal. */
export interface OptionNotes {
  /** The text of the help and of docs/options.md. */
  description: string;
  /** The clause of the specification that is the reason for the option or its default. */
  clause?: string;
  /** The flag without dashes, if it is not the key in kebab case without its unit. */
  flag?: string;
  /** A second flag for the same. */
  shortFlag?: string;
  /** The value in the help, such as `host:port...`. */
  value?: string;
  /** The values that people write, if they are not those of the schema. */
  choices?: readonly string[];
  /** True for an option that `gateway` or `agent` has, but not `serve`. */
  notInServe?: true;
  /** True for an option that the library sets itself. */
  notInLibrary?: true;
}

/** Describes an option. The notes become part of its JSON Schema, from which flags and documents are made. */
export const note = (
  description: string,
  notes: Omit<OptionNotes, 'description'> = {},
): OptionNotes & Record<string, unknown> => ({ description, ...notes });
