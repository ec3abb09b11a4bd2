/**
 * Waits so long for `work` and no longer. The work itself goes on: what it comes to after that is nobody's.
 * @param late what it comes to then, or throws
 */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => T): Promise<T> {
  // Every request waits here: a race of promises would cost it several times as much.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    }, milliseconds);
    const settle = async (): Promise<void> => {
      try {
        resolve(await work);
      } catch (error) {
        reject(error);
      } finally {
        clearTimeout(timer);
      }
    };
    void settle();
  });
}
