import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = join(process.cwd(), 'style');
const sheets = readdirSync(FOLDER)
  .filter(name => name.endsWith('.css'))
  .map(name => [name, readFileSync(join(FOLDER, name), 'utf8')] as const);

describe.each(sheets)('%s', (_, text) => {
  it('takes every colour from the theme', () => {
    expect(text.match(/#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/gi)).toBeNull();
  });

  it('styles only what is ours', () => {
    const selectors = text.match(/\.[a-zA-Z][\w-]*(?=[^{}]*\{)/g) ?? [];
    expect(selectors.filter(name => !/^\.jp-(Dh-|mod-)/.test(name))).toEqual([]);
  });

  it('uses no variable that nobody defines', () => {
    const used = [...text.matchAll(/var\((--[\w-]+)/g)].map(match => match[1] ?? '');
    const ours = sheets.flatMap(([, sheet]) => sheet.match(/--dh-[\w-]+(?=:)/g) ?? []);
    expect(used.filter(name => !name.startsWith('--jp-') && !ours.includes(name))).toEqual([]);
  });
});

describe.each(['index.css', 'index.js'])('%s', name => {
  it('brings every sheet', () => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const missing = sheets.filter(([sheet]) => sheet !== 'index.css' && !text.includes(sheet));
    expect(missing.map(([sheet]) => sheet)).toEqual([]);
  });
});
