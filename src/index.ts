export type { CommandInput, EnvFileInput, SeatrialConfig, ServiceInput, StepInput, StepsInput } from './config/define-config.ts';
export { defineConfig } from './config/define-config.ts';
export type { ErrorCode } from './errors.ts';
export { isSeatrialError, SeatrialError } from './errors.ts';
export type { StartedService, StartedServices, StartOptions } from './start.ts';
export { start, startAll } from './start.ts';
