import { stripVTControlCharacters } from 'node:util';
import { byFile, type RecordedTest, type TestRun, totalsOf } from './test-run.ts';

/**
 * The run as JUnit XML, in the dialect that CI servers read (Jenkins' and Surefire's schema): one `testsuite` for each file, seconds as
 * decimals. A test that never ended is an `error`.
 */
export function toJunitXml({ tests }: TestRun): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="seatrial"${counts(tests)}>`,
    ...byFile(tests).flatMap(([file, inFile]) => [
      `  <testsuite name="${escapeXml(file)}"${counts(inFile)} timestamp="${new Date(inFile[0]?.startedAt ?? 0).toISOString().slice(0, 19)}">`,
      ...inFile.map((test) => testcase(file, test)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(tests: readonly RecordedTest[]): string {
  const { tests: all, failed, skipped, unfinished } = totalsOf(tests);
  const ms = tests.reduce((sum, { result }) => sum + (result?.ms ?? 0), 0);
  return ` tests="${all}" failures="${failed}" errors="${unfinished}" skipped="${skipped}" time="${seconds(ms)}"`;
}

function testcase(file: string, { mark, lease, result, resetMs }: RecordedTest): string {
  const inside = [
    '      <properties>',
    `        <property name="seatrial.lease" value="${escapeXml(lease)}"/>`,
    ...(resetMs === undefined ? [] : [`        <property name="seatrial.reset.ms" value="${resetMs.toFixed(2)}"/>`]),
    '      </properties>',
  ];
  const message = result?.message ?? '';
  const first = escapeXml(message.split('\n')[0] ?? '');
  if (result?.outcome === 'failed') inside.push(`      <failure message="${first}">${escapeXml(message)}</failure>`);
  if (result?.outcome === 'skipped') inside.push(`      <skipped message="${first}"/>`);
  if (!result) inside.push('      <error message="it began and never ended: its worker has died, or was ended"/>');
  const time = seconds(result?.ms ?? 0);
  return [
    `    <testcase classname="${escapeXml(file)}" name="${escapeXml(mark.name)}" time="${time}">`,
    ...inside,
    '    </testcase>',
  ].join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** What XML 1.0 has no way to hold (section 2.2, Char) is shown as a question mark in a box; terminal colours go. */
export function escapeXml(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
