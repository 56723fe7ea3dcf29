import { SeatrialError } from '../../errors.ts';

/** Checks the address of a broker that runs already. */
export function readExternal(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'kafka:' && url.hostname && !url.username && !text.includes(',')) return text;
  throw new SeatrialError('SEATRIAL_OPTION_INVALID', `${name}: cannot read the address ${JSON.stringify(text)}`, {
    hint: 'write it as kafka://host:9092, one broker (SASL and TLS are not supported)',
  });
}
