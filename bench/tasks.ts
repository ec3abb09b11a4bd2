import { type ChildProcess, fork } from 'node:child_process';
import { z } from 'zod';

/** Asking a helper process of the bench to do something, and waiting for what comes of it. */
const TaskSchema = z.object({ id: z.number(), task: z.string(), input: z.unknown() });
const AnswerSchema = z.object({ id: z.number(), error: z.string().optional(), result: z.unknown() });

/** The helper's side: does what it is asked, and ends with whoever started it. */
export function answerTasks(tasks: Record<string, (input: unknown) => Promise<unknown>>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const { id, task, input } = TaskSchema.parse(message);
    const run = tasks[task] ?? (async () => Promise.reject(new Error(`No such task: ${task}`)));
    run(input).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) =>
        process.send?.({
          id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    );
  });
}

/** A helper process, seen from the bench. */
export class Helper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: z.infer<typeof AnswerSchema>) => void>();
  #last = 0;

  constructor(file: string, env: NodeJS.ProcessEnv = {}) {
    this.#child = fork(file, {
      serialization: 'advanced',
      env: { ...process.env, ...env },
      detached: true, // Ctrl-C is for the bench itself
    });
    this.#child.on('message', (message) => {
      const answer = AnswerSchema.parse(message);
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#child.once('exit', () => {
      for (const [id, settle] of this.#waiting)
        settle({ id, error: `The helper process ${file} ended`, result: null });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws Error that the task threw there */
  async ask<Result>(task: string, input: unknown, schema: z.ZodType<Result>): Promise<Result> {
    const id = ++this.#last;
    const answer = new Promise<z.infer<typeof AnswerSchema>>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ id, task, input });
    const { error, result } = await answer;
    if (error !== undefined) throw new Error(error);
    return schema.parse(result);
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
