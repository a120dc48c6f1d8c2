import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      name: "svg as text, as Lab's builder gives it",
      enforce: 'pre',
      load: id =>
        id.endsWith('.svg') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null
    }
  ],
  test: {
    environment: 'jsdom',
    include: ['src/**/*.spec.{ts,tsx}'],
    setupFiles: ['./vitest.setup.ts'],
    css: false,
    testTimeout: 60_000,
    experimental: { fsModuleCache: true },
    server: {
      deps: {
        inline: [
          /@jupyterlab\//,
          /@jupyter\//,
          /@lumino\//,
          /@codemirror\//,
          /yjs/,
          /lib0/,
          /y-protocols/,
          /@microsoft\//,
          /@rjsf\//,
          /typestyle/
        ]
      }
    }
  }
});
