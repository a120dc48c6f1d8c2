import jupyter from '@jupyter/eslint-plugin';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const jupyterRules = Object.fromEntries(
  jupyter.configs.recommended
    .flatMap(config => Object.keys(config.rules ?? {}))
    .filter(rule => rule !== 'jupyter/no-schema-enum')
    .map(rule => [rule, 'error'])
);

/** Which of our own folders a folder may not import. */
const above = (...patterns) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: patterns }] }]
});

export default tseslint.config(
  {
    ignores: [
      'lib',
      'node_modules',
      'ui-tests/node_modules',
      'dh_jupyter',
      '.venv',
      'src/_contract.ts',
      '**/*.mts',
      '**/*.js'
    ]
  },
  {
    files: ['src/**/*.{ts,tsx}', 'ui-tests/**/*.ts'],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    plugins: { jupyter, 'react-hooks': reactHooks },
    rules: {
      ...jupyterRules,
      // What is in view from the start, the commands and what other plugins are given are needed at once.
      'jupyter/prefer-lazy-imports': [
        'error',
        { ignoreImports: ['../widgets/*', '../models/*', '../client', '../commands', '../icons'] }
      ],
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-expressions': ['error', { allowTernary: true }],
      '@typescript-eslint/no-namespace': 'off', // options and ids live in the class's namespace, as in Lab
      '@typescript-eslint/no-empty-function': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', 350]
    }
  },
  {
    files: ['src/models/**/*.ts'],
    rules: {
      ...above('../widgets/*', '../plugins/*', '../client', 'react', '@jupyterlab/*'),
      'no-restricted-globals': ['error', 'document', 'window', 'fetch', 'WebSocket', 'navigator']
    }
  },
  {
    files: ['src/widgets/**/*.{ts,tsx}'],
    rules: {
      ...above('../plugins/*', '../client', '../events', '@jupyterlab/services'),
      'no-restricted-globals': ['error', 'fetch', 'WebSocket', 'document']
    }
  },
  {
    files: ['src/**/__tests__/**', 'ui-tests/**'],
    rules: {
      // The ui-tests use Playwright alone, without Galata.
      'jupyter/galata-prefer-filebrowser-helper': 'off',
      'jupyter/galata-prefer-menu-helper': 'off',
      'jupyter/galata-prefer-notebook-cell-helper': 'off',
      'jupyter/galata-prefer-sidebar-activity-helper': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-globals': 'off',
      'jupyter/no-untranslated-string': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off'
    }
  }
);
