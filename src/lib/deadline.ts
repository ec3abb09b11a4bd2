/**
 * Waits so long for `work` and no longer. The work itself goes on: what it comes to after that is nobody's.
 * @param late what it comes to then, or throws
 */
export async function within<T>(milliseconds: number, work: Promise<T>, late: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    return await Promise.race([work, overdue.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
