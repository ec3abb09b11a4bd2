const ordinary = require('./jest.config.js');

// Stories need a browser, which not every machine has: see test/pages/run.mjs.
/** @type {import('jest').Config} */
module.exports = {
  ...ordinary,
  roots: ['<rootDir>/test/pages'],
  testMatch: ['**/*.story.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/pages/support/start.ts',
  globalTeardown: '<rootDir>/test/pages/support/stop.ts',
  maxWorkers: 2,
};
