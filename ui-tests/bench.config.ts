import { defineConfig } from '@playwright/test';
import tests from './playwright.config';

/** Figures of the interface: as the tests, of another folder. Run by tests/benchmarks/interface.py. */
export default defineConfig({ ...tests, testDir: './bench', timeout: 900_000 });
