import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { FanTokens } from '../stage/fans';
import { FanClient } from './fan-client';
import { PlannedRequestSchema, type PlannedRequest, type VolleyResult } from './plan';
import { Tally } from './tally';

/** Commands, each followed until its outcome is known; `fans` of them at a time over a number of connections. */
export const FlowSchema = z.object({
  url: z.string(),
  connections: z.number(),
  fans: z.number(),
  requests: z.array(PlannedRequestSchema),
});
export type Flow = z.infer<typeof FlowSchema>;

const JobAnswer = z.object({
  job: z.object({ id: z.string(), status: z.string(), pollAfterMs: z.number().nullable() }),
});

/** `counts` of the result: `confirmed` commands, and the `polls` that were needed. */
export async function follow(flow: Flow, tokens: FanTokens): Promise<VolleyResult> {
  for (const { fan, concertId } of flow.requests) {
    tokens.access(fan);
    if (concertId !== undefined) tokens.admitted(fan, concertId);
  }
  const client = new FanClient(flow.url, flow.connections, tokens);
  const before = process.cpuUsage();
  const tally = new Tally();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < flow.requests.length; n = next++) {
      const request = flow.requests[n];
      if (request !== undefined) await command(client, request, tally);
    }
  };
  await Promise.all(Array.from({ length: flow.fans }, work));
  await client.close();
  const used = process.cpuUsage(before);
  return tally.result((used.user + used.system) / 1000);
}

/** Sends a command and asks for its outcome when it is told to, until there is one. */
async function command(client: FanClient, request: PlannedRequest, tally: Tally): Promise<void> {
  const startedAt = performance.now();
  let answer = await client.send(request);
  let accepted = answer.status === 202 || answer.status === 200;
  while (accepted) {
    const { job } = JobAnswer.parse(JSON.parse(answer.body));
    if (job.status === 'completed') {
      tally.accept('confirmed', performance.now() - startedAt);
      return;
    }
    if (job.status !== 'queued') break;
    await sleep(job.pollAfterMs ?? 0);
    tally.count('polls');
    answer = await client.send({ method: 'GET', path: `/api/jobs/${job.id}`, fan: request.fan });
    accepted = answer.status === 200;
  }
  tally.refuse(answer.status, answer.body);
}
