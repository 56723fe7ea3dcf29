export type { CommandInput, EnvFileInput, SeatrialConfig, ServiceInput, StepInput, StepsInput } from './config/define-config.ts';
export { defineConfig } from './config/define-config.ts';
export type { ErrorCode } from './errors.ts';
export { isSeatrialError, SeatrialError } from './errors.ts';
