const jupyterLab = require('@jupyterlab/testing/lib/jest-config');

const base = jupyterLab(__dirname);
const typescript = ['ts-jest', { tsconfig: 'tests/src/tsconfig.json' }];

module.exports = {
  ...base,
  reporters: ['default'],
  roots: ['<rootDir>/tests/src'],
  testRegex: '\\.spec\\.tsx?$',
  transform: { ...base.transform, '^.+\\.tsx?$': typescript }
};
