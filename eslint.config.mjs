import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      'lib',
      'node_modules',
      'greenlab',
      '.venv',
      'src/types.ts',
      '**/*.js',
      '**/*.mjs',
      'docs'
    ]
  },
  ...tseslint.configs.recommended,
  ...jupyter.configs.recommended.map(config => ({
    ...config,
    plugins: { jupyter },
    rules: Object.fromEntries(
      Object.keys(config.rules).map(rule => [rule, config.rules[rule] && 'error'])
    )
  })),
  {
    rules: {
      // All of it is small and needed at once; plotly, which is not, is fetched when first used.
      'jupyter/prefer-lazy-imports': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }
      ],
      '@typescript-eslint/no-unused-expressions': ['error', { allowTernary: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-arrow-callback': ['error', { allowNamedFunctions: true }]
    }
  },
  {
    files: ['tests/**'],
    rules: {
      'jupyter/no-untranslated-string': 'off',
      '@typescript-eslint/no-explicit-any': 'off' // the application inside the page
    }
  },
  prettier
);
