// What each service costs that can be had on this machine: a start from a warm cache, a worker's lease, the reset after a small write; several
// services at once; ten workers' memory; and PostgreSQL in a container beside testcontainers.
import { isSeatrialError } from '../src/errors.ts';
import { atLeast, atMost, publish, type Ratio } from './lib/result.ts';
import { runInterleaved } from './lib/run-interleaved.ts';
import { round, type Summary } from './lib/stats.ts';
import { measureLeases } from './services/leases.ts';
import { measureMemory } from './services/memory.ts';
import { openProjects, type Project } from './services/projects.ts';
import { startCase } from './services/starts.ts';
import { SUBJECTS, type Subject } from './services/subjects.ts';
import { attachedCase, installPackedCli } from './start/packed-cli.ts';
import { seatrialCase } from './start/seatrial-session.ts';
import { testcontainersCases } from './start/testcontainers.ts';

const RESET_WITHIN = 5;
const OWN_PROGRAMS = ['smtp', 'oidc', 'aws'];
const BACKEND = ['postgres', 'redis', 'kafka', 'aws'];
const WORKERS = 10;
const IN_CONTAINER = 'postgres in a container, seatrial';
const ATTACHED = 'kafka, run -- true attached to a warm one';

const quick = process.argv.includes('--quick');
const rounds = quick ? 1 : 5;
const cases: Record<string, Summary> = {};
const ratios: Ratio[] = [];
const versions: Record<string, string> = { node: process.version };
const notes = [
  'until it answers: from the opening of the session, with the built package; what reading the configuration and starting Node cost is in start.json',
];
const median = (name: string) => round(cases[name]?.medianMs ?? Number.NaN, 2);

using projects = openProjects();
const here = new Map<string, { readonly subject: Subject; readonly project: Project }>();
for (const subject of SUBJECTS) {
  const { name } = subject;
  const project = projects.make([subject]);
  try {
    const plan = await project.plan();
    Object.assign(cases, await measureLeases(subject, project, { leases: rounds, resets: quick ? 5 : 40 }));
    versions[name] = plan.services.map(({ product }) => product).join();
    here.set(name, { subject, project });
  } catch (error) {
    if (!isMissing(error)) throw error;
    notes.push(`${name} is not measured: ${error.message}`);
  }
}

const cli = await installPackedCli();
try {
  const containers = await testcontainersCases();
  if (containers.note) notes.push(containers.note);
  versions.engine = containers.engine;
  const inContainers = containers.cases.length > 0 ? [seatrialCase(IN_CONTAINER, 'docker'), ...containers.cases] : [];
  const groups = [OWN_PROGRAMS, BACKEND].filter((names) => names.every((name) => here.has(name)));
  const together = groups.map((names) =>
    startCase(startOf(...names), cli, projects.make(SUBJECTS.filter(({ name }) => names.includes(name)))),
  );
  const alone = [...here].map(([name, { project }]) => startCase(startOf(name), cli, project));
  Object.assign(cases, await runInterleaved([...alone, ...together, ...inContainers], rounds, { warmUp: false }));
  const kafka = here.get('kafka');
  if (kafka) {
    const attached = attachedCase(ATTACHED, cli, kafka.project.folder, 2 * median(startOf('kafka')));
    Object.assign(cases, await runInterleaved([attached], rounds));
    ratios.push(atMost(`${ATTACHED}, ms`, median(ATTACHED), 300));
    notes.push(`${ATTACHED}: between two runs there is time for the broker of the next lease to start`);
  }
  for (const { name } of containers.cases)
    ratios.push(atLeast(`${name} / seatrial, both in a container`, round(median(name) / median(IN_CONTAINER), 2), 1.5));
} finally {
  cli.remove();
}

for (const [name, { subject }] of here) {
  const { startWithin, leaseWithin } = subject;
  if (startWithin) ratios.push(atMost(`${startOf(name)}, ms`, median(startOf(name)), startWithin));
  if (leaseWithin) ratios.push(atMost(`${name}, lease, ms`, median(`${name}, lease`), leaseWithin));
  ratios.push(atMost(`${name}, reset, ms`, median(`${name}, reset`), RESET_WITHIN));
}
const programs = startOf(...OWN_PROGRAMS);
if (programs in cases) ratios.push(atMost(`${programs}, ms`, median(programs), 350));
const backend = startOf(...BACKEND);
if (backend in cases) {
  const slowest = Math.max(...BACKEND.map((name) => median(startOf(name))));
  ratios.push(atMost(`${backend} / the slowest alone`, round(median(backend) / slowest, 2), 1.3));
}

const mariadb = here.get('mariadb');
if (mariadb) {
  const memory = await measureMemory(mariadb.subject, mariadb.project, { workers: WORKERS, program: 'mariadbd' });
  if (memory) {
    const name = `mariadb for ${WORKERS} workers (${memory.servers} servers)`;
    ratios.push(atMost(`${name}, PSS, GB`, memory.pssGb, 0.8), { name: `${name}, files of data, GB`, value: memory.dataGb });
  } else notes.push('memory of MariaDB is not measured: this system does not tell it');
}
publish({ name: 'services', cases, ratios, versions, notes }, { quick });

function startOf(...names: readonly string[]): string {
  return `${names.join(' + ')}, until ${names.length > 1 ? 'all answer' : 'it answers'}`;
}

/** It is not on this machine, and can't be fetched; whatever else goes wrong is ours. */
function isMissing(error: unknown): error is Error {
  return isSeatrialError(error) && /^SEATRIAL_(DRIVER_NONE_FITS|ARTIFACT_(FETCH_FAILED|NO_PLATFORM))$/.test(error.code);
}
