import type { RunEvent } from '../core/event.ts';
import { createConsoleReporter } from '../report/console-reporter.ts';

/** What a run tells its user while it goes: lines on stderr, or with `json` one event a line there. */
export interface RunReport {
  (event: RunEvent): void;
  line(text: string): void;
  /** Also with `quiet`: what the user must do for the run to go on. */
  insist(text: string): void;
  /** Titles such as `PostgreSQL 18.4, embedded` by service name; known once there is a plan. */
  setTitles(titles: Readonly<Record<string, string>>): void;
  close(): void;
}

export function createRunReport({ quiet, json }: { readonly quiet: boolean; readonly json: boolean }): RunReport {
  if (json) {
    const write = (value: unknown) => process.stderr.write(`${JSON.stringify(value)}\n`);
    return Object.assign((event: RunEvent) => void write(event), {
      line: (text: string) => void write({ at: Date.now(), type: 'note', text }),
      insist: (text: string) => void write({ at: Date.now(), type: 'note', text }),
      setTitles: () => {},
      close: () => {},
    });
  }
  let reporter = createConsoleReporter({ quiet, titles: {} });
  return Object.assign((event: RunEvent) => reporter(event), {
    line: (text: string) => reporter.line(text),
    insist: (text: string) => (quiet ? createConsoleReporter({ quiet: false, titles: {} }) : reporter).line(text),
    setTitles: (titles: Readonly<Record<string, string>>) => {
      reporter = createConsoleReporter({ quiet, titles });
    },
    close: () => {},
  });
}
