/**
 * Waits so long for `work` and no longer. The work itself goes on: what it comes to after that is nobody's.
 * @param late what it comes to then, or throws
 */
export function within<T>(milliseconds: number, work: Promise<T>, late: () => T): Promise<T> {
  // Every request waits here: a race of promises would cost it several times as much.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    }, milliseconds);
    const settle =
      <Result>(end: (result: Result) => void) =>
      (result: Result): void => {
        clearTimeout(timer);
        end(result);
      };
    work.then(settle(resolve), settle(reject));
  });
}
