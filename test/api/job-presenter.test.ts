import { describe, expect, test } from '@jest/globals';
import { uuidv7obj } from 'uuidv7';
import type { z } from 'zod';
import { jobJson, problemOfJob } from '../../src/api/commands/presenter';
import { problemDocument, PROBLEMS } from '../../src/lib/problems';
import type { EndedJob } from '../../src/jobs/outcomes/ended-job';
import { type Job, JobAnswer } from '../support/contract';

const ID = uuidv7obj().toString();
const ended = (status: EndedJob['status'], outcome: unknown): EndedJob => ({
  id: ID,
  userId: ID,
  kind: 'hold',
  status,
  outcome: JSON.stringify(outcome),
  finishedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
});
const told = (job: EndedJob): z.infer<typeof Job> => JobAnswer.parse(JSON.parse(jobJson(job))).job;
const reason = { code: 'SEAT_TAKEN', detail: 'Held or sold already.', seatIds: ['1-2'] };

describe('a job', () => {
  test('that is refused has title and status of its code, as the contract says', () => {
    const job = told(ended('rejected', reason));
    expect(job).toMatchObject({ status: 'rejected', result: null, finishedAt: '2026-01-02T03:04:05.678Z' });
    expect(job.error).toEqual({ ...reason, title: 'Seat taken', status: 409 });
    expect(Object.keys(job.error ?? {})).toEqual(['code', 'title', 'detail', 'status', 'seatIds']);
  });

  test('that the build before has stored is told word for word, whatever the catalogue says by now', () => {
    const stored = { ...reason, title: 'A title of before', status: 410 };
    expect(told(ended('rejected', stored)).error).toEqual(stored);
    const failed = { code: 'COMMAND_FAILED', title: 'T', detail: 'D', status: 500 };
    expect(told(ended('failed', failed)).error).toEqual(failed);
  });

  test('that ended with a code of a build to come is told as it is stored', () => {
    const stored = { code: 'NOT_INVENTED_YET', detail: 'D', title: 'T', status: 409 };
    expect(told(ended('rejected', stored)).error).toEqual(stored);
    expect(() => problemOfJob(ended('rejected', stored), {})).toThrow('unknown code');
  });

  test.each(Object.entries(PROBLEMS))('refused with %s is that problem for who waited', (code, entry) => {
    const stored = { code, detail: 'D', balance: 5, required: 7 };
    const document = { type: 'about:blank', ...entry, detail: 'D', code, balance: 5, required: 7, jobId: ID };
    for (const outcome of [stored, { ...stored, title: 'A title of before', status: 418 }]) {
      const problem = problemOfJob(ended('rejected', outcome), { 'Preference-Applied': 'wait=5' });
      expect(JSON.parse(problemDocument(problem))).toEqual(document);
      expect([problem.status, problem.headers]).toEqual([entry.status, { 'Preference-Applied': 'wait=5' }]);
    }
  });
});
