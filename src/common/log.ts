/**
 * The adapter's log: quiet by default, one sink, set by the `trace` launch argument. Lines never go to stdout, which
 * belongs to the protocol.
 */
export type LogSink = (line: string) => void;

let sink: LogSink | undefined;

/** Sets or clears where log lines go. */
export function setLogSink(next: LogSink | undefined): void {
  sink = next;
}

/** Writes one line when somebody listens; `message` is a function so that silence costs nothing. */
export function log(room: string, message: () => string): void {
  sink?.(`[${room}] ${message()}`);
}
