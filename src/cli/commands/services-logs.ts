import fs from 'node:fs';
import { createControlClient } from '../../control/client.ts';
import { SeatrialError } from '../../errors.ts';
import { type ControlFlags, projectSession } from './services-control.ts';

export interface LogFlags extends ControlFlags {
  readonly follow?: boolean;
  readonly lines?: number;
}

/** `seatrial services logs [NAME...]`: the log files of the services, each line with its service's name when there are several. */
export async function logs(names: readonly string[], flags: LogFlags): Promise<void> {
  const services = await createControlClient(await projectSession(flags)).services();
  for (const name of names)
    if (!services.some((service) => service.name === name))
      throw new SeatrialError('SEATRIAL_SERVICE_NOT_FOUND', `no service is called ${name}`, {
        hint: `there are: ${services.map((service) => service.name).join(', ')}`,
      });
  const wanted = services.filter(({ name, logFile }) => logFile && (names.length === 0 || names.includes(name)));
  const width = Math.max(0, ...wanted.map(({ name }) => name.length));
  const print = (service: string, text: string) => {
    for (const line of text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined)) {
      if (flags.json) process.stdout.write(`${JSON.stringify({ service, line })}\n`);
      else process.stdout.write(wanted.length > 1 ? `${service.padEnd(width)} | ${line}\n` : `${line}\n`);
    }
  };
  await Promise.all(wanted.map(({ name, logFile }) => printFile(logFile as string, flags, (text) => print(name, text))));
}

/** With `follow`, until the file is removed with its session, nobody reads what is printed (`| head`), or Ctrl-C. */
async function printFile(file: string, flags: LogFlags, print: (text: string) => void): Promise<void> {
  let offset = 0;
  const readOn = () => {
    const { size } = fs.statSync(file);
    if (size <= offset) return '';
    const buffer = Buffer.alloc(size - offset);
    const fd = fs.openSync(file, 'r');
    const read = fs.readSync(fd, buffer, 0, buffer.length, offset);
    fs.closeSync(fd);
    const whole = flags.follow ? buffer.lastIndexOf(10, read - 1) + 1 : read; // what follows the last line end comes with the rest of its line
    offset += whole;
    return buffer.toString('utf8', 0, whole);
  };
  const first = readOn();
  print(flags.lines === undefined ? first : lastLines(first, flags.lines));
  if (!flags.follow) return;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      try {
        const text = readOn();
        if (text) print(text);
      } catch {
        end(); // removed: the session has ended
      }
    }, 100);
    const end = () => {
      clearInterval(timer);
      resolve();
    };
    for (const event of ['error', 'close']) process.stdout.once(event, end);
    if (process.stdout.destroyed) end();
  });
}

function lastLines(text: string, count: number): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return count === 0 ? '' : `${lines.slice(-count).join('\n')}\n`;
}
