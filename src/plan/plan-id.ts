/** `planId`: SHA-256 of the canonical manifest without `integrity.planId` and signatures: the name of exactly this plan. */
import { hex } from '../base/guid.ts';
import { canonicalBytes } from './canonical.ts';
import type { Sha256 } from './merkle.ts';

/** @param manifest any JSON object; fields of later minor versions are part of its name */
export async function planId(manifest: { readonly [key: string]: unknown }, sha256: Sha256): Promise<string> {
  const { signatures: _signatures, ...rest } = manifest;
  const { planId: _planId, ...integrity } = (rest['integrity'] ?? {}) as { readonly [key: string]: unknown };
  return hex(await sha256(canonicalBytes({ ...rest, integrity })));
}
