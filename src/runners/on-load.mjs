import Module from 'node:module';

/**
 * Calls `patch` with what a CommonJS module exports, whenever one is required by a name that fits. `patch` changes it in place, or answers
 * what the caller gets in its stead.
 */
export function onLoad(name, patch) {
  const load = Module._load;
  Module._load = function (...args) {
    const loaded = load.apply(this, args);
    return typeof args[0] === 'string' && name.test(args[0]) ? (patch(loaded, ...args) ?? loaded) : loaded;
  };
}
