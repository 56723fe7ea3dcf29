/** Under this name the plug-ins find the worker that their process is; Jest's sandbox has it on its own global object. */
export const WORKER = Symbol.for('seatrial.worker');
