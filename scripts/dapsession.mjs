// A debug session of a few requests with dist/ptrace-dap.js, for scripts: it starts the adapter on stdio, sends requests,
// keeps events until they are asked for, and ends the adapter in the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const TIMEOUT = 20_000;

export class DapSession {
  #sequence = 0;
  #bytes = Buffer.alloc(0);
  #events = [];
  #stderr = '';
  /** Called with every message that arrives; they look whether it is theirs. */
  #waiters = new Set();

  /** @param {string} adapter path of the bundled adapter */
  constructor(adapter) {
    this.child = spawn(process.execPath, [adapter], { stdio: 'pipe' });
    this.child.stdout.on('data', (chunk) => this.#receive(chunk));
    this.child.stderr.on('data', (chunk) => (this.#stderr += chunk));
    this.child.stdin.on('error', () => undefined); // the adapter has ended: what waits for an answer says so
    this.ended = once(this.child, 'close');
  }

  /** Sends a request; resolves with the body of its response, rejects with the sentence of a failed one. */
  async request(command, args = {}) {
    const seq = ++this.#sequence;
    const answer = this.#wait(`the response to ${command}`, (message) =>
      message.type === 'response' && message.request_seq === seq ? message : undefined,
    );
    const text = JSON.stringify({ seq, type: 'request', command, arguments: args });
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    const response = await answer;
    if (!response.success) throw new Error(response.body?.error?.format ?? response.message ?? `${command} failed`);
    return response.body;
  }

  /** The first event of that name that was not asked for before. */
  async event(name) {
    const take = () => {
      const index = this.#events.findIndex(({ event }) => event === name);
      return index < 0 ? undefined : this.#events.splice(index, 1)[0];
    };
    return take() ?? this.#wait(`the event ${name}`, take);
  }

  /** What the debuggee wrote to standard output since the last call. */
  takeOutput() {
    const isOutput = ({ event, body }) => event === 'output' && body.category === 'stdout';
    const text = this.#events.filter(isOutput).map(({ body }) => body.output);
    this.#events = this.#events.filter((event) => !isOutput(event));
    return text.join('');
  }

  /** Ends the adapter; what it launched ends with it. */
  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await this.ended;
    clearTimeout(timer);
  }

  #wait(what, fits) {
    return new Promise((resolve, reject) => {
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.#waiters.delete(look);
        settle(value);
      };
      const fail = (why) => finish(reject, new Error(`${why} before ${what}${this.#stderr && `:\n${this.#stderr}`}`));
      const look = (message) => {
        const found = fits(message);
        if (found) finish(resolve, found);
      };
      const timer = setTimeout(() => fail(`${TIMEOUT / 1000} s passed`), TIMEOUT);
      this.#waiters.add(look);
      void this.ended.then(() => this.#waiters.has(look) && fail('the adapter ended'));
    });
  }

  #receive(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#bytes.toString('latin1', 0, end))?.[1]);
      if (this.#bytes.length < end + 4 + length) return;
      const message = JSON.parse(this.#bytes.toString('utf8', end + 4, end + 4 + length));
      this.#bytes = this.#bytes.subarray(end + 4 + length);
      if (message.type === 'event') this.#events.push(message);
      for (const waiter of [...this.#waiters]) waiter(message);
    }
  }
}
