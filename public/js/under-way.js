/**
 * The commands that a fan has given and not had the answer of. A payment ends the admission, and the room's stream may
 * say so before the payment's own answer is here: whoever acts on such news waits for the answer first.
 */
export function createUnderWay() {
  let pending = 0;
  let last = Promise.resolve(null);
  return {
    get any() {
      return pending > 0;
    },
    /** Does the work, which includes acting on its answer, and gives what it gives. */
    during(work) {
      pending += 1;
      const done = work().finally(() => {
        pending -= 1;
      });
      last = done.then(
        () => null,
        (error) => error,
      );
      return done;
    },
    /** Resolves when nothing is under way: with what the last one was refused with, or null. */
    async idle() {
      let refused = null;
      while (pending > 0) refused = await last;
      return refused;
    },
  };
}
