import { styleText } from 'node:util';
import type { RunEvent } from '../core/event.ts';
import { formatDuration } from '../util/format.ts';

export interface ConsoleReporter {
  (event: RunEvent): void;
  line(text: string): void;
}

/**
 * Lines for people, on stderr, so that the command's output stays the command's. Details that a terminal can overwrite (download progress)
 * are shown in place there, and at most every few seconds elsewhere.
 */
export function createConsoleReporter(options: {
  readonly quiet: boolean;
  readonly titles: Readonly<Record<string, string>>;
  readonly stream?: NodeJS.WriteStream;
}): ConsoleReporter {
  const stream = options.stream ?? process.stderr;
  const width = Math.max(0, ...Object.keys(options.titles).map((name) => name.length));
  let transient = false;
  const dim = (text: string) => styleText('dim', text, { stream });
  const write = (text: string, { inPlace = false } = {}) => {
    if (transient) stream.write('\r\x1b[K');
    transient = inPlace;
    stream.write(inPlace ? text.slice(0, (stream.columns ?? 80) - 1) : `${text}\n`);
  };
  const line = (text: string) => {
    if (!options.quiet) write(`${dim('seatrial')} ${text}`);
  };
  const service = (name: string, text: string) => line(`${name.padEnd(width)} ${text}`);
  let lastProgressAt = Number.NEGATIVE_INFINITY;

  const report = (event: RunEvent) => {
    switch (event.type) {
      case 'service.progress': {
        if (event.line.startsWith('warning:')) return service(event.service, event.line);
        if (options.quiet) return;
        const now = performance.now();
        if (stream.isTTY) write(`${dim('seatrial')} ${event.service.padEnd(width)} ${event.line}`, { inPlace: true });
        else if (now - lastProgressAt > 3000) {
          lastProgressAt = now;
          service(event.service, event.line);
        }
        return;
      }
      case 'service.ready':
        return service(
          event.service,
          `${options.titles[event.service] ?? ''} ready in ${formatDuration(event.ms)} on port ${event.port}${event.data ? dim(` (${event.data})`) : ''}`,
        );
      case 'step.output':
        return service(event.service, dim(`| ${event.line}`));
      case 'step.finished':
        if (!event.reused && /^(migrate|seed)/.test(event.title))
          service(event.service, `${event.title} done in ${formatDuration(event.ms)}`);
        return;
      case 'service.died': {
        const how = event.death.signal ?? `exit code ${event.death.exitCode}`;
        const whose = event.lease === undefined ? '' : ` of lease ${event.lease}`;
        write(`${styleText('red', 'seatrial', { stream })} ${event.service}${whose} died (${how}). Its last log lines:`);
        for (const text of event.logTail) write(`  ${text}`);
        return;
      }
      case 'session.unwatched':
        return write(
          `seatrial: no watchdog can be kept alive (${event.why}): if seatrial is killed, the next command of it cleans up`,
        );
      case 'cleanup.leftover':
        return write(`seatrial: could not remove ${event.what}`);
      default:
    }
  };
  return Object.assign(report, { line });
}
