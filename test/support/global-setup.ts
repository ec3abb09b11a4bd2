import { migrate } from '../../src/models/migrate';
import { dockerAnswers, startContainers } from './containers';
import { makeTemplate } from './database';
import { type Services, startEmbeddedServices } from './services';

declare global {
  // Jest runs setup and teardown in one process but loads their modules apart.
  var testServices: Services | undefined;
}

/**
 * A Postgres and a Redis for this run, never the developer's own. TEST_DATABASE_URL and TEST_REDIS_URL name
 * ones that run already, such as a `script/services.mjs --ephemeral` kept open between runs.
 */
export default async function globalSetup(): Promise<void> {
  if (!process.env['TEST_DATABASE_URL'] || !process.env['TEST_REDIS_URL']) {
    const services = (await dockerAnswers()) ? await startContainers() : await startEmbeddedServices();
    globalThis.testServices = services;
    process.env['TEST_DATABASE_URL'] = services.databaseUrl;
    process.env['TEST_REDIS_URL'] = services.redisUrl;
  }
  await makeTemplate(migrate);
}
