import type { ServiceSigns } from '../../core/registry.ts';

/**
 * Loaded with the list of built-in services, so it imports nothing. These clients speak to MySQL and MariaDB alike and don't say which is
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
};
