import { answered, type components, FrontrowProblem } from '@frontrow/client';
import { type Command, InvalidArgumentError } from 'commander';
import { count, sessionOf } from '../session';

type Entry = components['schemas']['AuditEntry'];
type Page = { entries: Entry[]; nextCursor: string | null };

/** The largest page that the service gives. */
const PAGE = 100;

/** What operators look up. */
export function deskCommands(program: Command): void {
  program
    .command('command')
    .description('what users asked for')
    .command('show')
    .description('what became of a command')
    .argument('<id>', 'its id, or that of its job', uuid)
    .action(async (id: string, _options: object, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { calls } = await signIn();
      const { commands } = await answered(calls.GET('/api/admin/search', { params: { query: { q: id } } }));
      const found = commands.find((each) => each.id === id);
      if (found === undefined) throw notThere(id);
      out.one(found);
    });

  program
    .command('log')
    .description('who did what, newest first')
    .option('--subject <subject>', 'to what, such as schedule:12')
    .option('--who <who>', 'an e-mail or the id of a user; service: the service itself')
    .option('--action <action>', 'such as queue.change')
    .option('--limit <entries>', 'so many at most', count, 20)
    .action(async ({ limit, ...filter }: LogOptions, command: Command) => {
      const { out, signIn } = sessionOf(command);
      const { calls } = await signIn();
      const entries: Entry[] = [];
      for (let cursor: string | null = ''; cursor !== null && entries.length < limit;) {
        const query = { ...filter, limit: Math.min(PAGE, limit - entries.length), ...(cursor && { cursor }) };
        const page: Page = await answered(calls.GET('/api/admin/audit', { params: { query } }));
        entries.push(...page.entries);
        cursor = page.nextCursor;
      }
      out.many(entries.map(({ who, ...entry }) => ({ ...entry, who: who?.email ?? who?.id ?? 'service' })));
    });
}

interface LogOptions {
  subject?: string;
  who?: string;
  action?: string;
  limit: number;
}

function uuid(sent: string): string {
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(sent))
    throw new InvalidArgumentError('It must be an id such as 019a0000-0000-7000-8000-000000000000.');
  return sent.toLowerCase();
}

/** As the service says it of a job. */
const notThere = (id: string): FrontrowProblem =>
  new FrontrowProblem({ code: 'JOB_NOT_FOUND', detail: `There is no command ${id}.` }, 404, null);
