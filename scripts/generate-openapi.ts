// Writes docs/reference/openapi.json from the routes and schemas of the control API: `node scripts/generate-openapi.ts`.
import fs from 'node:fs/promises';
import { createOpenApi } from '../src/control/openapi.ts';

const file = new URL('../docs/reference/openapi.json', import.meta.url);
await fs.writeFile(file, `${JSON.stringify(createOpenApi(), null, 2)}\n`);
