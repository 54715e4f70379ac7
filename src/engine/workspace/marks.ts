/** Letter and hue of a layer: given when it arrives, kept when it moves. Pure. */
import type { Role } from '../api.ts';

const APP_HUES = ['1', '2', '3', '4', '5', '6'] as const;

/** Hue token; a ninth layer takes a used one again: the letter tells them apart. */
export function pickHue(role: Role, used: readonly string[]): string {
  const own = role === 'os' ? 'base' : role === 'user' ? 'user' : null;
  if (own !== null && !used.includes(own)) return own;
  return APP_HUES.find((hue) => !used.includes(hue)) ?? APP_HUES[used.length % APP_HUES.length]!;
}

/** A letter no other layer has: B and U for base and user data, else from the name, else the alphabet, then digits. */
export function pickLetter(role: Role, name: string, used: readonly string[]): string {
  const wanted = [role === 'os' ? 'B' : role === 'user' ? 'U' : '', ...name.toUpperCase().replace(/[^A-Z0-9]/g, '')];
  const rest = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return [...wanted, ...rest].find((letter) => letter !== '' && !used.includes(letter)) ?? '?';
}

/** File name without its folder and ending. */
export function baseName(name: string): string {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  const dot = file.lastIndexOf('.');
  return dot > 0 ? file.slice(0, dot) : file;
}
