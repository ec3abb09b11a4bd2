const ordinary = require('./jest.config.js');

// What waits for real limits to pass, or for the start of a whole machine: too long for the ordinary run.
/** @type {import('jest').Config} */
module.exports = { ...ordinary, testMatch: ['**/*.long.ts'] };
