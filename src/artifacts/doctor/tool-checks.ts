import fs from 'node:fs';
import { pingEngine } from '../../util/platform/engine-ping.ts';
import { runCommand } from '../../util/platform/run-command.ts';
import { findMaven, NO_MAVEN } from '../carriers/maven.ts';
import { pythons } from '../carriers/pypi.ts';
import { findJava } from '../java.ts';
import type { Check, ExamineOptions } from './finding.ts';

/** What Seatrial uses of the machine's programs. */
export const toolChecks: readonly Check[] = [
  {
    title: 'npm',
    async check(options) {
      const version = await ask('npm', ['--version'], options);
      if (version !== undefined) return { level: 'ok', detail: version };
      return {
        level: 'fail',
        detail: 'npm does not start',
        hint: 'PostgreSQL comes through npm: install it, or use the driver native or external',
      };
    },
  },
  {
    title: 'Python with pip',
    async check(options) {
      for (const python of pythons(options.cwd)) {
        const version = await ask(python, ['-m', 'pip', '--version'], options);
        if (version !== undefined) return { level: 'ok', detail: `${python}: ${version}` };
      }
      const hint = 'Redis (Valkey) comes through pip: install Python 3 with pip, or use the driver native or external';
      return { level: 'warn', detail: `none of ${pythons(options.cwd).join(', ')} has pip`, hint };
    },
  },
  {
    title: 'Maven and Java',
    async check({ cwd }) {
      const maven = findMaven(cwd);
      const java = await findJava(17);
      const detail = `${maven ?? NO_MAVEN}; ${'file' in java ? `Java ${java.version} (${java.file})` : `Java: ${java.why}`}`;
      if (maven && 'file' in java) return { level: 'ok', detail };
      return {
        level: 'warn',
        detail,
        hint: 'only servers that run on Java (Kafka) need them; where Java is missing it comes through pip, where Maven is missing use another driver',
      };
    },
  },
  {
    title: 'Container engine',
    async check() {
      const socket = /^unix:\/\/(.*)/.exec(process.env.DOCKER_HOST ?? '')?.[1] ?? '/var/run/docker.sock';
      if (process.env.DOCKER_HOST && !process.env.DOCKER_HOST.startsWith('unix://')) {
        return { level: 'ok', detail: `DOCKER_HOST is ${process.env.DOCKER_HOST}; not asked` };
      }
      if (!fs.existsSync(socket)) return { level: 'ok', detail: `none at ${socket}; none is needed` };
      try {
        return { level: 'ok', detail: `answers at ${socket}, API ${await pingEngine(socket)}` };
      } catch (error) {
        return {
          level: 'warn',
          detail: `${socket} is there and does not answer: ${(error as Error).message}`,
          hint: 'none is needed for the embedded services',
        };
      }
    },
  },
];

/** First line of what a program prints; undefined when it does not start or fails. */
async function ask(file: string, args: readonly string[], { cwd, signal }: ExamineOptions): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await runCommand(file, args, { cwd, signal });
    return exitCode === 0 ? stdout.trim().split('\n')[0] : undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
