import { RESERVED_SETTINGS } from './server-settings.ts';

export interface CommandReading {
  readonly settings: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** Reads `command: postgres -c name=value --name=value`: settings are taken over, anything else becomes a note. */
export function readCommand(command: readonly string[]): CommandReading {
  const settings: Record<string, string> = {};
  const notes: string[] = [];
  const words = command[0] === 'postgres' || command[0] === 'docker-entrypoint.sh' ? command.slice(1) : [...command];
  if (words[0] === 'postgres') words.shift();
  while (words.length > 0) {
    const word = words.shift() as string;
    const text = word === '-c' ? words.shift() : (/^-c(.+)$/s.exec(word)?.[1] ?? /^--(.+=.*)$/s.exec(word)?.[1]);
    const [, name, value] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(text ?? '') ?? [];
    const short = SHORT_FLAGS[word.slice(0, 2)];
    if (name !== undefined) take(name.replaceAll('-', '_'), value as string);
    else if (short) take(short, word.length > 2 ? word.slice(2) : (words.shift() ?? ''));
    else notes.push(`the command word ${JSON.stringify(word)} is not honoured`);
  }
  return { settings, notes };

  function take(name: string, value: string): void {
    if (name === 'config_file' || name === 'hba_file')
      notes.push(`${name}=${value} is not read: put what matters under \`settings\``);
    else if (RESERVED_SETTINGS.includes(name)) notes.push(`${name}=${value} is not honoured: Seatrial chooses it`);
    else if (name === 'shared_preload_libraries' && value !== '')
      notes.push(`shared_preload_libraries=${value} needs these libraries in the server build`);
    if (!RESERVED_SETTINGS.includes(name)) settings[name] = value;
  }
}

/** Short flags of `postgres` that stand for a setting. */
const SHORT_FLAGS: Readonly<Record<string, string>> = {
  '-p': 'port',
  '-N': 'max_connections',
  '-B': 'shared_buffers',
  '-D': 'data_directory',
  '-k': 'unix_socket_directories',
  '-h': 'listen_addresses',
};
