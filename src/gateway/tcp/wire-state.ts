/** What the bytes of one connection tell of its transactions. It is told of all that passes, in order. */
export interface WireState {
  /** The server has answered everything, and no transaction is open. A message of which only the beginning has passed does nothing yet. */
  isQuiet(): boolean;
  /** While the gateway comes to rest: how many of these next bytes of the client may pass; 0 = wait for the server to say more. */
  measure(bytes: Buffer): number;
  fromClient(bytes: Buffer): void;
  fromServer(bytes: Buffer): void;
}

/** Knows nothing, so a connection is held anywhere. */
export const opaque: WireState = { isQuiet: () => true, measure: () => 0, fromClient: () => {}, fromServer: () => {} };
