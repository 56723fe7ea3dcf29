/** Says what can't be taken back in place. */
export class NotRestorable extends Error {}
