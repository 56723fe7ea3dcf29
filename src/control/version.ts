/** Raised when a client of the older version would misunderstand an answer. Both sides send it; either refuses the other's. */
export const API_VERSION = '1';
export const API_VERSION_HEADER = 'seatrial-api-version';
