/**
 * Canonical JSON (RFC 8785): the one spelling of a value that is hashed and signed. Keys sorted by UTF-16 units, numbers
 * as ECMAScript prints them, no white space. What I-JSON cannot carry (NaN, lone surrogates) is an error, not a guess.
 */
import canonicalize from 'canonicalize';
import { fail } from '../base/errors.ts';

const encoder = new TextEncoder();

/** @throws FormatError InvalidData for what RFC 8785 has no form for */
export function canonical(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (error) {
    fail('InvalidData', 'merge plan', null, 'a value with a canonical form', (error as Error).message);
  }
  return text ?? fail('InvalidData', 'merge plan', null, 'a JSON value', typeof value);
}

export function canonicalBytes(value: unknown): Uint8Array {
  return encoder.encode(canonical(value));
}
