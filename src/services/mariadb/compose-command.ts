import { RESERVED_SETTINGS, settingName } from './server-settings.ts';

export interface CommandReading {
  readonly settings: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

const SERVERS = /^(?:mysqld|mariadbd|mysqld_safe|docker-entrypoint\.sh)$/;

/** Reads `command: --character-set-server=utf8mb4 --sql-mode ...`: settings are taken over, anything else becomes a note. */
export function readCommand(command: readonly string[]): CommandReading {
  const settings: Record<string, string> = {};
  const notes: string[] = [];
  const words = [...command];
  while (words.length > 0) {
    const word = words.shift() as string;
    const [, name, value] = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined) {
      const next = value === undefined && words[0] !== undefined && !words[0].startsWith('-') ? words.shift() : value;
      take(settingName(name), next ?? '');
    } else if (!SERVERS.test(word)) notes.push(`the command word ${JSON.stringify(word)} is not honoured`);
  }
  return { settings, notes };

  function take(name: string, value: string): void {
    const text = value === '' ? name : `${name}=${value}`;
    if (/^defaults-(?:extra-)?file$/.test(name)) notes.push(`${text} is not read: put what matters under \`settings\``);
    else if (RESERVED_SETTINGS.includes(name)) notes.push(`${text} is not honoured: Seatrial chooses it`);
    else settings[name] = value;
  }
}
