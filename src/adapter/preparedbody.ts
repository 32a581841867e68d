/** Response bodies that are written as JSON by whoever makes them, because JSON.stringify would cost more than the rest. */

export class PreparedBody {
  constructor(
    /** The body, an object in JSON. */
    readonly json: string,
  ) {}

  /** For the log, which shows messages as objects. */
  toJSON(): unknown {
    return JSON.parse(this.json);
  }
}

/** A message as JSON; a body that is ready goes in as it is. */
export function messageJson(message: object): string {
  const { body } = message as { body?: unknown };
  if (!(body instanceof PreparedBody)) return JSON.stringify(message);
  return `${JSON.stringify({ ...message, body: undefined }).slice(0, -1)},"body":${body.json}}`;
}
