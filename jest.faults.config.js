const ordinary = require('./jest.config.js');

// Processes and stores are killed and stopped, and everybody waits for them to come back: too long for the ordinary run.
/** @type {import('jest').Config} */
module.exports = {
  ...ordinary,
  roots: ['<rootDir>/test/faults'],
  testPathIgnorePatterns: ['/node_modules/'],
};
