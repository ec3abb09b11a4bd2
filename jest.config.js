/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Those have runs of their own: `npm run test:faults`, `npm run test:distributed`; `*.long.ts` have `npm run test:long`.
  testPathIgnorePatterns: ['/node_modules/', '/test/faults/', '/test/distributed/'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
    // Jest's own loader does not take ES modules, which is all that these have.
    '/node_modules/(jose|qr)/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!(jose|qr)/)'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  testTimeout: 60_000,
  // Much of the time is waiting for moments to come: one more than there are cores.
  maxWorkers: 3,
};
