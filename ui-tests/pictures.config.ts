import { defineConfig } from '@playwright/test';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import tests from './playwright.config';

cpSync('./pictures/journey.ipynb', join(process.env.DH_UI_ROOT!, 'journey.ipynb'));

/** Pictures for the README: as the tests, of another folder. Run by scripts/pictures.py. */
export default defineConfig({ ...tests, testDir: './pictures' });
