import { ANY_CONCERT, type CommandTally } from '../../desk/command-tally';
import { Problem } from '../../lib/problems';
import type { Endpoint } from '../endpoint';

/** What each call asks for, by the endpoint's name. */
const KINDS: Readonly<Record<string, string>> = {
  holdSeat: 'hold',
  holdSeats: 'hold',
  payBooking: 'pay',
  cancelBooking: 'cancel',
};

/** Counts for the desk what this process refuses of the calls that hand in commands; what a worker refused it has counted itself. */
export function countRefusals(endpoint: Endpoint, tally: Pick<CommandTally, 'add'>): Endpoint {
  const kind = KINDS[endpoint.name];
  if (kind === undefined) return endpoint;
  return {
    ...endpoint,
    serve: async (ctx, sentParams, readBody) =>
      endpoint.serve(ctx, sentParams, readBody).catch((error: unknown) => {
        if (error instanceof Problem && ctx.state.jobId === undefined) {
          tally.add(ANY_CONCERT, 'door', kind, error.code);
        }
        throw error;
      }),
  };
}
