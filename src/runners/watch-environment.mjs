import { syncBuiltinESMExports } from 'node:module';

/** Puts a transparent wrapper around `process.env` that calls `need` before one of these names, or the whole, is looked at. */
export function watchEnvironment(env, names, need) {
  const needFor = (name) => {
    if (names.has(name)) need();
  };
  process.env = new Proxy(env, {
    get(target, name) {
      needFor(name);
      return target[name];
    },
    has(target, name) {
      needFor(name);
      return name in target;
    },
    getOwnPropertyDescriptor(target, name) {
      needFor(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      need();
      return Reflect.ownKeys(target);
    },
    // On the target itself: a receiver that is not `process.env` would get a property which the system does not see.
    set: (target, name, value) => Reflect.set(target, name, value),
  });
  syncBuiltinESMExports();
}
