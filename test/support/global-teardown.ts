/** Ends what the setup started; services that were given by the environment stay. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.testServices?.stop();
}
