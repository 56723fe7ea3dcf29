import { countTests } from '../count-tests.mjs';
import { describeFailures, findFailures } from '../failures.mjs';
import { testStages } from '../test-stages.mjs';

/**
 * Everything that a change must pass; all parts run even when one fails. `npm test -- NAME...` runs the parts of those names,
 * `npm test -- --but NAME...` all others.
 */
export async function run(args, env) {
  const all = testStages();
  const others = args[0] === '--but';
  const names = others ? args.slice(1) : args;
  const unknown = names.filter((name) => !all.some((stage) => stage.name === name));
  if (unknown.length > 0)
    throw new Error(`no part is called ${unknown.join(', ')}; there are: ${all.map((stage) => stage.name).join(', ')}`);
  const isWanted = ({ name, repeats }) =>
    others || names.length === 0 ? !repeats && !names.includes(name) : names.includes(name);
  const results = [];
  for (const stage of all.filter(isWanted)) results.push(await runStage(stage, env));
  return report(results);
}

async function runStage(stage, env) {
  console.log(`\n== ${stage.name}`);
  const startedAt = performance.now();
  let text = '';
  let exitCode = 1;
  try {
    exitCode = await stage.run(env, (part) => {
      text += part;
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(message);
    text += `${message}\n`;
  }
  const count = countTests(stage.counts ? text : '');
  const ranNothing = stage.counts && count.passed + count.failed === 0;
  if (exitCode === 0 && ranNothing) console.error(`${stage.name} ran no test`);
  const ok = exitCode === 0 && !ranNothing;
  if (!stage.counts) count.passed += ok ? 1 : 0;
  if (!ok && count.failed === 0) count.failed = 1; // a crash counts, whatever the runner said
  const failures = ok ? [] : findFailures(text);
  return { name: stage.name, ok, failures, ...count, seconds: (performance.now() - startedAt) / 1000 };
}

function report(results) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('');
  for (const { name, ok, failures: _, seconds, ...count } of results) {
    for (const key of Object.keys(total)) total[key] += count[key];
    const figures = `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`;
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(24)} ${figures.padEnd(34)} ${seconds.toFixed(1).padStart(6)} s`);
  }
  const failed = results.filter(({ ok }) => !ok).map(({ name, failures }) => ({ stage: name, failures }));
  if (failed.length > 0) console.log(['', 'what failed:', ...describeFailures(failed)].join('\n')); // .ci/run prints this paragraph again
  console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
  return failed.length === 0 ? 0 : 1;
}
