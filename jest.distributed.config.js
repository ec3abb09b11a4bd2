const ordinary = require('./jest.config.js');

// Several servers of one kind at a time, and programs that not every machine has: not part of the ordinary run.
/** @type {import('jest').Config} */
module.exports = {
  ...ordinary,
  roots: ['<rootDir>/test/distributed'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 120_000,
  maxWorkers: 1,
};
