import fs from 'node:fs';
import { parseEnv } from 'node:util';

/** Variables of a dotenv file; empty when it is not there. */
export function readDotenv(file: string): Readonly<Record<string, string>> {
  try {
    return parseEnv(fs.readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
  } catch {
    return {};
  }
}
