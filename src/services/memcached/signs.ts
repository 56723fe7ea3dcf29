import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. */
export const memcachedSigns: ServiceSigns = {
  defaultName: 'memcached',
  schemes: ['memcached', 'memcache'],
  npm: ['memjs', 'memcached', 'memcache-plus', 'memcache-client', 'connect-memcached', 'connect-memjs', '@keyv/memcache'],
  pypi: [
    'pymemcache',
    'pylibmc',
    'python-memcached',
    'python3-memcached',
    'python-binary-memcached',
    'aiomcache',
    'emcache',
    'django-pylibmc',
    'django-bmemcached',
  ],
  maven: [
    'net.spy:spymemcached',
    'com.googlecode.xmemcached:xmemcached',
    'com.spotify:folsom',
    'com.amazonaws:elasticache-java-cluster-client',
    'com.google.code.simple-spring-memcached:simple-spring-memcached',
  ],
  go: [
    'github.com/bradfitz/gomemcache',
    'github.com/grafana/gomemcache',
    'github.com/rainycape/memcache',
    'github.com/memcachier/mc',
  ],
};
