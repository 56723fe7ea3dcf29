// Writes schema/seatrial.schema.json from the shapes that validate the configuration: `node scripts/generate-schema.ts`.
import fs from 'node:fs/promises';
import { builtin } from '../src/builtin.ts';
import { toJsonSchema } from '../src/config/json-schema.ts';

const file = new URL('../schema/seatrial.schema.json', import.meta.url);
await fs.mkdir(new URL('.', file), { recursive: true });
await fs.writeFile(file, `${JSON.stringify(await toJsonSchema(builtin), null, 2)}\n`);
