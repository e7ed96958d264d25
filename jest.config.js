const jupyterLab = require('@jupyterlab/testing/lib/jest-config');

const base = jupyterLab(__dirname);
const typescript = ['ts-jest', { tsconfig: 'tests/src/tsconfig.json' }];

module.exports = {
  ...base,
  reporters: ['default'],
  roots: ['<rootDir>/tests/src'],
  testRegex: '\\.spec\\.tsx?$',
  // JupyterLab's packages come as ES modules, jest runs CommonJS.
  transformIgnorePatterns: base.transformIgnorePatterns.map(pattern =>
    pattern.replace('(?!', '(?!@jupyterlab|')
  ),
  transform: { ...base.transform, '^.+\\.tsx?$': typescript }
};
