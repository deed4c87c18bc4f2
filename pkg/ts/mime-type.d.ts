// The types of `whatwg-mimetype`, which has none.

/** A media type by the MIME Sniffing Standard. */
export default class MIMEType {
  static parse(text: string): MIMEType | null;
  /** The type and subtype in lower case. */
  readonly essence: string;
  readonly parameters: ReadonlyMap<string, string>;
}
