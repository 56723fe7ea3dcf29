import type { ServiceSigns } from '../../core/registry.ts';

/** Loaded with the list of built-in services, so it imports nothing. No URL scheme means it: clients take http. */
export const etcdSigns: ServiceSigns = {
  defaultName: 'etcd',
  schemes: ['etcd'],
  npm: ['etcd3', 'etcd-client', '@fastify/etcd'],
  pypi: ['etcd3', 'etcd3-py', 'etcd3gw', 'etcetra', 'aioetcd3', 'aetcd', 'etcd-sdk-python', 'pyetcd'],
  maven: ['io.etcd:jetcd-core', 'io.etcd:jetcd-all', 'com.ibm.etcd:etcd-java'],
  go: ['go.etcd.io/etcd/client', 'go.etcd.io/etcd/clientv3'],
};
