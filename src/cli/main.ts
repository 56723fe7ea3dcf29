#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { cacheDir } from '../util/platform/folders.ts';

enableCompileCache?.(path.join(cacheDir(), 'compile'));
const { main } = await import('./program.ts');
await main(process.argv);
