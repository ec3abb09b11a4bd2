import { Problem } from '../../lib/problems';
import type { NewSeat } from '../../models/planned-seats';
import { newSeatsOf } from './new-seats';
import { type PlanFault, readPlan } from './read-plan';

export interface CheckedPlan {
  seats: NewSeat[];
  errors: ReturnType<typeof faultView>[];
  moreErrors: boolean;
}

export async function checkPlan(text: string): Promise<CheckedPlan> {
  const { seats, faults, moreFaults } = await readPlan(text);
  return { seats: await newSeatsOf(seats), errors: faults.map(faultView), moreErrors: moreFaults };
}

/** The seats to be made. @throws Problem INVALID_REQUEST with every fault of the file */
export async function seatsOfPlan(text: string): Promise<NewSeat[]> {
  const { seats, errors, moreErrors } = await checkPlan(text);
  if (errors.length === 0) return seats;
  const many = moreErrors
    ? `more than ${errors.length} faults`
    : errors.length === 1
      ? 'a fault'
      : `${errors.length} faults`;
  throw new Problem('INVALID_REQUEST', `The plan has ${many}: see errors. Nothing was made.`, {
    members: { errors },
  });
}

/** As every fault of a request is told, and with where it is. */
function faultView({ line, column, message }: PlanFault) {
  const place = [line === null ? [] : `line ${line}`, column ?? []].flat().join(', ');
  const told = place === '' ? message : `${place}: ${message}`;
  return { path: 'body.plan' as const, message: told, line, column, detail: message };
}
