import { IN_MEMORY_SQL } from '../../core/in-memory-sql.ts';
import type { ServiceSigns } from '../../core/registry.ts';

/**
 * Loaded with the list of built-in services, so it imports next to nothing. These clients, but for MariaDB's own, speak to MySQL and MariaDB alike and don't say which is
 * meant: MariaDB, which distributions have, and which is then named so.
 */
export const mariadbSigns: ServiceSigns = {
  defaultName: 'db',
  schemes: ['mysql', 'mariadb'],
  npm: [
    'mysql2',
    'mysql',
    'mariadb',
    'promise-mysql',
    'serverless-mysql',
    'express-mysql-session',
    '@fastify/mysql',
    '@mikro-orm/mysql',
    '@mikro-orm/mariadb',
    '@prisma/adapter-mariadb',
    '@sequelize/mysql',
    '@sequelize/mariadb',
  ],
  pypi: [
    'pymysql',
    'mysqlclient',
    'aiomysql',
    'asyncmy',
    'mariadb',
    'mysql-connector',
    'mysql-connector-python',
    'django-mysql',
    'flask-mysqldb',
    'flask-mysql',
  ],
  maven: ['org.mariadb.jdbc:mariadb-java-client', 'org.mariadb:r2dbc-mariadb', 'io.quarkus:quarkus-jdbc-mariadb'],
  go: ['github.com/go-sql-driver/mysql', 'github.com/go-mysql-org/go-mysql', 'gorm.io/driver/mysql'],
  substitutes: IN_MEMORY_SQL,
};

/**
 * The driver of MySQL for the JVM takes addresses of MySQL only, and that of MariaDB its own, so there it is plain which is meant. MariaDB
 * stands in where this machine has no MySQL, and is then named so.
 */
export const mysqlSigns: ServiceSigns = {
  defaultName: 'db',
  schemes: [],
  npm: [],
  pypi: [],
  maven: [
    'com.mysql:mysql-connector-j',
    'mysql:mysql-connector-java',
    'software.aws.rds:aws-mysql-jdbc',
    'io.asyncer:r2dbc-mysql',
    'dev.miku:r2dbc-mysql',
    'com.github.jasync-sql:jasync-mysql',
    'io.vertx:vertx-mysql-client',
    'io.quarkus:quarkus-jdbc-mysql',
    'io.quarkus:quarkus-reactive-mysql-client',
  ],
  go: [],
  substitutes: IN_MEMORY_SQL,
  options: { standIn: true },
};
