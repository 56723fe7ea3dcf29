/** SQL databases inside a JVM by which many suites run instead of on the app's server; the names are those of Maven. */
export const IN_MEMORY_SQL = [
  'com.h2database:h2',
  'org.hsqldb:hsqldb',
  'org.apache.derby:derby',
  'io.r2dbc:r2dbc-h2',
  'io.quarkus:quarkus-jdbc-h2',
  'io.quarkus:quarkus-test-h2',
];
