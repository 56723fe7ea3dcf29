import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withoutMajor } from '../../src/config/infer/manifest.ts';
import { parseXml } from '../../src/config/infer/parse-xml.ts';
import { makeProject, resolve, resolveFiles } from '../helpers/project.ts';

const FIXTURES = path.join(import.meta.dirname, '../fixtures/config');

const kinds = async (files: Readonly<Record<string, string>>) => (await resolveFiles(files)).services.map(({ kind }) => kind);

describe('a Maven project needs', () => {
  test('what its poms name as dependencies: not managed, commented, excluded, a plug-in’s, or in a profile', async () => {
    const config = await resolve(path.join(FIXTURES, 'spring-maven'));
    expect(config.project.name).toBe('warehouse-api');
    expect(config.services.map(({ name, kind, origin }) => [name, kind, origin])).toEqual([
      ['db', 'postgres', 'app/pom.xml (org.postgresql:postgresql)'],
      ['redis', 'redis', 'app/pom.xml (io.lettuce:lettuce-core)'],
      ['mail', 'smtp', 'app/pom.xml (org.springframework.boot:spring-boot-starter-mail)'],
    ]);
    expect(config.notes[0]).toEqual({
      kind: 'inferred',
      text: 'db: postgres, because app/pom.xml names org.postgresql:postgresql',
      origin: 'app/pom.xml (org.postgresql:postgresql)',
    });
  });

  test('what a profile adds that is active by default', async () => {
    const profile = (activation: string) =>
      `<project><profiles><profile>${activation}${pomParts('redis.clients:jedis')}</profile></profiles></project>`;
    expect(await kinds({ 'pom.xml': profile('<activation><activeByDefault>true</activeByDefault></activation>') })).toEqual([
      'redis',
    ]);
    expect(await kinds({ 'pom.xml': profile('<activation><property><name>x</name></property></activation>') })).toEqual([]);
  });

  test.each([
    ['org.springframework.kafka:spring-kafka', 'kafka'],
    ['org.apache.kafka:kafka-clients', 'kafka'],
    ['org.springframework.boot:spring-boot-starter-amqp', 'rabbitmq'],
    ['com.rabbitmq:amqp-client', 'rabbitmq'],
    ['io.nats:jnats', 'nats'],
    ['net.spy:spymemcached', 'memcached'],
    ['io.etcd:jetcd-core', 'etcd'],
    ['software.amazon.awssdk:s3', 'aws'],
    ['org.mariadb.jdbc:mariadb-java-client', 'mariadb'],
    ['org.springframework.boot:spring-boot-starter-data-redis', 'redis'],
  ])('for %s a server of the kind %s', async (name, kind) => {
    expect(await kinds({ 'pom.xml': pom(name) })).toEqual([kind]);
  });

  test('MySQL for its driver, which takes no address of MariaDB, and MariaDB as its stand-in', async () => {
    const { services } = await resolveFiles({ 'pom.xml': pom('com.mysql:mysql-connector-j') });
    expect(services).toMatchObject([{ name: 'db', kind: 'mysql', options: { standIn: true } }]);
  });

  test('nothing for clients that may be served otherwise, or that name no server', async () => {
    const names = [
      'org.springframework.boot:spring-boot-starter-data-jpa',
      'org.springframework.boot:spring-boot-starter-oauth2-resource-server',
      'org.springframework.kafka:spring-kafka-test',
      'com.h2database:h2',
      'software.amazon.awssdk:bom',
    ];
    expect(await kinds({ 'pom.xml': pom(...names) })).toEqual([]);
  });

  test('what it names, even when modules lead in circles, to nowhere, or the file is broken off', async () => {
    const modules = '<modules><module>a</module><module>gone</module></modules>';
    expect(
      await kinds({
        'pom.xml': `<project>${modules}</project>`,
        'a/pom.xml': `<project>${pomParts('io.nats:jnats')}<modules><module>..</module></modules></project>`,
      }),
    ).toEqual(['nats']);
    expect(await kinds({ 'pom.xml': `<project>${pomParts('io.nats:jnats')}<dependencies><dependency><groupId` })).toEqual([
      'nats',
    ]);
    expect(await kinds({ 'pom.xml': '<project><properties><a>${b}</a><b>${a}</b></properties><artifactId>${a}' })).toEqual([]);
  });
});

describe('a driver beside a database in memory', () => {
  const h2 = 'com.h2database:h2';
  const driver = 'org.postgresql:postgresql';

  test.each([
    ['the tests', pom(driver, [h2, 'test'])],
    ['the app', pom([driver, 'runtime'], [h2, 'runtime'])],
  ])('of %s starts nothing, and that is said', async (_, text) => {
    const config = await resolveFiles({ 'pom.xml': text });
    expect(config.services).toEqual([]);
    expect(config.notes.map(({ text }) => text)).toEqual([
      'no postgres: the suite may run on com.h2database:h2, which pom.xml names beside org.postgresql:postgresql; `--service postgres` starts one all the same',
    ]);
  });

  test('means its server when it is there for the tests alone', async () => {
    expect(await kinds({ 'pom.xml': pom([driver, 'test'], h2) })).toEqual(['postgres']);
    const gradle = `dependencies {\n  testRuntimeOnly '${driver}:42'\n  runtimeOnly '${h2}:2'\n}`;
    expect(await kinds({ 'build.gradle': gradle })).toEqual(['postgres']);
  });

  test('of another module starts nothing either, but leaves alone what another language names', async () => {
    const files = {
      'pom.xml': '<project><modules><module>store</module><module>app</module></modules></project>',
      'store/pom.xml': pom(driver),
      'app/pom.xml': pom([h2, 'test']),
    };
    expect(await kinds(files)).toEqual([]);
    expect(await kinds({ ...files, 'go.mod': 'module shop\n\nrequire github.com/lib/pq v1.10.9\n' })).toEqual(['postgres']);
  });

  test('leaves the other kinds as they are', async () => {
    expect(await kinds({ 'pom.xml': pom(driver, h2, 'redis.clients:jedis') })).toEqual(['redis']);
  });

  test('of mail likewise: a suite that reads GreenMail keeps it', async () => {
    const names = ['org.springframework.boot:spring-boot-starter-mail', 'com.icegreen:greenmail-junit5'];
    expect(await kinds({ 'pom.xml': pom(...names) })).toEqual([]);
  });
});

describe('a Gradle project needs', () => {
  test('what the scripts of its projects declare for the app and its tests, by a catalog too', async () => {
    const config = await resolve(path.join(FIXTURES, 'spring-gradle'));
    expect(config.project.name).toBe('parcel-tracker');
    expect(config.services.map(({ kind, origin }) => [kind, origin])).toEqual([
      ['postgres', 'app/build.gradle.kts (org.postgresql:postgresql)'],
      ['redis', 'app/build.gradle.kts (org.springframework.boot:spring-boot-starter-data-redis)'],
      ['kafka', 'worker/build.gradle (org.springframework.kafka:spring-kafka)'],
      ['smtp', 'worker/build.gradle (org.springframework.boot:spring-boot-starter-mail)'],
      ['aws', 'worker/build.gradle (software.amazon.awssdk:sqs)'],
    ]);
    expect(config.notes.map(({ text }) => text)).toContain(
      'no rabbitmq: the suite starts its own, as worker/build.gradle names org.testcontainers:rabbitmq; `--service rabbitmq` starts one all the same',
    );
  });

  test('what one of its projects declares, by the catalog of the build above it', async () => {
    const root = makeProject({});
    fs.cpSync(path.join(FIXTURES, 'spring-gradle'), root, { recursive: true });
    const config = await resolve(path.join(root, 'worker'));
    expect(config.services.map(({ kind }) => kind)).toEqual(['kafka', 'smtp', 'aws']);
  });

  test.each([
    ['one line', "dependencies { implementation 'redis.clients:jedis:5'; testImplementation 'io.nats:jnats:2' }"],
    ['parentheses over lines', 'dependencies {\n  implementation(\n    "redis.clients:jedis:5",\n    "io.nats:jnats:2"\n  )\n}'],
    [
      'configurations by their names, and ones of its own',
      'dependencies {\n  "implementation"("redis.clients:jedis")\n  "integrationTestImplementation"("io.nats:jnats:2@jar")\n}',
    ],
    ['the words of old releases', 'dependencies {\n  compile "redis.clients:jedis:3"\n  testCompile "io.nats:jnats:2"\n}'],
  ])('what stands in %s', async (_, script) => {
    expect(await kinds({ 'build.gradle': script })).toEqual(['redis', 'nats']);
  });

  test('nothing that only its build uses', async () => {
    const script =
      'dependencies {\n  jooqGenerator("org.postgresql:postgresql")\n  annotationProcessor("io.nats:jnats")\n  liquibaseRuntime("org.mariadb.jdbc:mariadb-java-client")\n}\n// implementation("redis.clients:jedis")\nval url = "https://x/*" ; val end = "*/"';
    expect(await kinds({ 'build.gradle.kts': script })).toEqual([]);
  });
});

describe('a Go project needs', () => {
  test('what its own packages require: nothing indirect, replaced only, excluded or of a tool', async () => {
    const config = await resolve(path.join(FIXTURES, 'go'));
    expect(config.project.name).toBe('ledger');
    expect(config.services.map(({ name, kind, origin }) => [name, kind, origin])).toEqual([
      ['db', 'postgres', 'go.mod (github.com/jackc/pgx/v5)'],
      ['redis', 'redis', 'go.mod (github.com/redis/go-redis/v9)'],
      ['mail', 'smtp', 'go.mod (gopkg.in/mail.v2)'],
    ]);
  });

  test.each([
    ['github.com/lib/pq v1.10.9', 'postgres'],
    ['github.com/go-sql-driver/mysql v1.9.3', 'mariadb'],
    ['github.com/IBM/sarama v1.45.2', 'kafka'],
    ['github.com/segmentio/kafka-go v0.4.48', 'kafka'],
    ['github.com/rabbitmq/amqp091-go v1.10.0', 'rabbitmq'],
    ['github.com/nats-io/nats.go v1.43.0', 'nats'],
    ['github.com/bradfitz/gomemcache v0.0.0-20230905024940-24af94b03874', 'memcached'],
    ['go.etcd.io/etcd/client/v3 v3.6.1', 'etcd'],
    ['github.com/aws/aws-sdk-go-v2/service/s3 v1.83.0', 'aws'],
  ])('for %s a server of the kind %s', async (requirement, kind) => {
    expect(await kinds({ 'go.mod': `module shop\n\nrequire ${requirement}\n` })).toEqual([kind]);
  });

  test('what the modules of its workspace require, and not what the suite starts by Testcontainers', async () => {
    const config = await resolveFiles({
      'go.work': 'go 1.24\n\nuse (\n\t./orders\n\t./mail // sends\n)\n',
      'orders/go.mod':
        'module shop/orders\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.7.5\n\tgithub.com/testcontainers/testcontainers-go/modules/postgres v0.38.0\n)\n',
      'mail/go.mod': 'module shop/mail\nrequire github.com/wneessen/go-mail v0.6.2\n',
    });
    expect(config.services.map(({ origin }) => origin)).toEqual(['mail/go.mod (github.com/wneessen/go-mail)']);
    expect(config.notes.map(({ text }) => text)).toContain(
      'no postgres: the suite starts its own, as orders/go.mod names github.com/testcontainers/testcontainers-go/modules/postgres; `--service postgres` starts one all the same',
    );
  });
});

test.each(['org.testcontainers:localstack', 'org.testcontainers:testcontainers-localstack'])(
  'LocalStack in %s is the suite’s own AWS',
  async (name) => {
    expect(await kinds({ 'pom.xml': pom('software.amazon.awssdk:s3', name) })).toEqual([]);
  },
);

test.each([
  ['github.com/jackc/pgx/v5', 'github.com/jackc/pgx'],
  ['gopkg.in/mail.v2', 'gopkg.in/mail'],
  ['github.com/lib/pq', 'github.com/lib/pq'],
  ['example.org/v2ray/v2x', 'example.org/v2ray/v2x'],
])('the module %s is %s in any of its releases', (module, expected) => {
  expect(withoutMajor(module)).toBe(expected);
});

test('as much of XML as a pom uses is read', () => {
  const text =
    '<?xml version="1.0"?><!DOCTYPE p><m:p xmlns:m="a>b"><a x=\'/\'> one </a><!-- <a>no</a> --><b/><c><![CDATA[<two>]]></c><a/ ></wrong></m:p>';
  const element = (name: string, content: string, children: readonly unknown[] = []) => ({ name, text: content, children });
  expect(parseXml(text).children).toEqual([
    element('p', '', [element('a', ' one '), element('b', ''), element('c', '<two>'), element('a', '')]),
  ]);
});

test('text that is not XML ends the reading and never hangs', () => {
  for (const text of [
    '<',
    '<a',
    '<a <b',
    '</a>',
    '<!--',
    '<![CDATA[',
    '<a b="',
    '<<<>>>',
    '<a>'.repeat(5000),
    '<a "'.repeat(2000),
  ])
    expect(() => parseXml(text), text.slice(0, 20)).not.toThrow();
});

type Named = string | readonly [name: string, scope: string];

function pom(...names: readonly Named[]): string {
  return `<project><modelVersion>4.0.0</modelVersion><artifactId>shop</artifactId>${pomParts(...names)}</project>`;
}

function pomParts(...names: readonly Named[]): string {
  const elements = names.map((named) => {
    const [name, scope] = typeof named === 'string' ? ([named, ''] as const) : named;
    const [group, artifact] = name.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${scope && `<scope>${scope}</scope>`}</dependency>`;
  });
  return `<dependencies>${elements.join('')}</dependencies>`;
}
