import { Frontrow, FrontrowProblem, UnreachableError } from '@frontrow/client';

/** A password takes the service a moment to hash, on purpose, and it hashes few at once. */
export const ACCOUNTS_AT_ONCE = 8;
const TRIES = 5;
const POINTS = 10_000_000;

/** A new fan with points. @param name unlike all others */
export async function makeFan(origin: string, name: string): Promise<Frontrow> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Whether an account was made by a try that got no answer is not known: the next one is another account.
      const email = `${name}-${attempt}@simulated.invalid`;
      const fan = await Frontrow.signUp(origin, { email, name, password: crypto.randomUUID() });
      await fan.charge(POINTS);
      return fan;
    } catch (error) {
      const mayPass =
        error instanceof UnreachableError || (error instanceof FrontrowProblem && error.status >= 500);
      if (!mayPass || attempt === TRIES) throw error;
    }
  }
}
