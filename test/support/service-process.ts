import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './files';
import { killWithUs } from './last-will';
import { stopwatch } from './stopwatch';

export type Role = 'web' | 'worker';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** From the request to stop until the end. */
  ms: number;
}

// The compiled service: what is tested is what is run.
export const DIST = path.resolve(ROOT, process.env['FRONTROW_DIST'] ?? 'dist');
const ENTRY: Record<Role, string> = { web: 'server.js', worker: 'worker.js' };
const KEPT_LINES = 400;

/** One web or worker process, as it would run anywhere, with what it has logged. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<Omit<Ended, 'ms'>>;
  readonly #onLine = new Set<(line: string) => void>();

  constructor(
    readonly name: string,
    role: Role,
    env: Record<string, string>,
  ) {
    const entry = path.join(DIST, ENTRY[role]);
    if (!existsSync(entry)) throw new Error(`${entry} is missing: run npm run build`);
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [entry], {
      cwd: ROOT,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    killWithUs(child);
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      let rest = '';
      stream.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach((line) => this.#take(line));
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it logged last, oldest first. */
  get log(): string {
    return this.#lines.map((line) => `${this.name}: ${line}`).join('\n');
  }

  /** Lines of level error and above, and whatever is no log line at all: a healthy process has none. */
  get errors(): string[] {
    return this.#lines.filter((line) => /"level":"(error|fatal)"/.test(line) || !line.startsWith('{'));
  }

  /** Resolves when a line with this text was logged. @throws Error with the log when the process ends first */
  async says(text: string): Promise<void> {
    if (this.#lines.some((line) => line.includes(text))) return;
    let stopListening = (): void => undefined;
    const said = new Promise<'said'>((resolve) => {
      const listener = (line: string): void => {
        if (line.includes(text)) resolve('said');
      };
      this.#onLine.add(listener);
      stopListening = () => this.#onLine.delete(listener);
    });
    const first = await Promise.race([said, this.#ended]);
    stopListening();
    if (first !== 'said') throw new Error(`${this.name} ended before it said "${text}":\n${this.log}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGKILL: whatever it was doing stays half done. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM, as a deployment does it. */
  async stop(): Promise<Ended> {
    const elapsedMs = stopwatch();
    if (this.isRunning) {
      this.signal('SIGCONT'); // a paused process would take the signal only when it continues
      this.signal('SIGTERM');
    }
    return { ...(await this.#ended), ms: elapsedMs() };
  }

  #take(line: string): void {
    if (line === '') return;
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    if (process.env['FRONTROW_TEST_LOG'] === 'true') process.stderr.write(`${this.name}: ${line}\n`);
    for (const listener of this.#onLine) listener(line);
  }
}
