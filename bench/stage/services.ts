import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const AddressesSchema = z.object({ databaseUrl: z.string(), redisUrl: z.string() });

/** A Postgres and a Redis of the bench's own. */
export type Services = z.infer<typeof AddressesSchema> & { stop(): Promise<void> };

/** Starts them on free ports with temporary data; every commit reaches the disk. They end with this process. */
export async function startServices(): Promise<Services> {
  const script = path.resolve('script/services.mjs'); // `run.mjs` starts the bench in the repository's folder.
  const child = spawn(process.execPath, [script, '--ephemeral', '--durable'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C must not take the database from under the processes that are still stopping.
    detached: true,
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const addresses = AddressesSchema.parse(JSON.parse(line));
    return {
      ...addresses,
      stop: async () => {
        child.stdin.end();
        await exited;
      },
    };
  }
  throw new Error('Postgres and Redis did not start: see above.');
}
