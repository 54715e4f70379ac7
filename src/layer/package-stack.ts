/**
 * Packages that change others among the layers of a stack. A modification package (MSIX) names its main package: Windows shows the
 * programs of that one the files of both, the modification's before its own where both have one in VFS, and both registries.
 * So its layer must stand above the main package's, and without that one it changes nothing.
 *
 * Source: MSIX documentation, "Modification packages" (1809, 1903).
 */
import type { Finding } from '../base/findings.ts';
import { foldText, windowsUpcase } from '../index/upcase.ts';

/** What a layer's store says of a package: `facts.packages` of stores/msix. */
export interface PackageFacts {
  readonly name: string;
  readonly displayName: string;
  readonly fullName: string;
  /** Names of the packages that it changes. */
  readonly main: readonly string[];
}

export interface PackageLayer {
  readonly name: string;
  readonly packages: readonly PackageFacts[];
}

/** The packages that a store's facts speak of. */
export function packagesOf(facts: Readonly<Record<string, unknown>>): readonly PackageFacts[] {
  const { packages } = facts;
  return Array.isArray(packages) ? (packages as readonly PackageFacts[]) : [];
}

const fold = (name: string) => foldText(name, windowsUpcase());

/** @param layers in effect, base first */
export function packageStackFindings(layers: readonly PackageLayer[]): Finding[] {
  const places = new Map<string, number[]>();
  layers.forEach(({ packages }, at) => {
    for (const { name } of packages) places.set(fold(name), [...(places.get(fold(name)) ?? []), at]);
  });
  const findings: Finding[] = [];
  layers.forEach(({ name: source, packages }, at) => {
    for (const { fullName, main } of packages)
      for (const wanted of main) {
        const found = places.get(fold(wanted)) ?? [];
        if (found.some((place) => place <= at)) continue;
        const [code, message] = found.length === 0 ? MISSING : ABOVE;
        findings.push({
          code,
          severity: 'warning',
          where: { source, offset: null },
          message,
          facts: { package: fullName, main: wanted, layers: found.map((place) => layers[place]!.name) },
        });
      }
  });
  return findings;
}

const MISSING = [
  'packageMainMissing',
  'A modification package changes a package that is in none of the layers: Windows does not use it without that one.',
] as const;
const ABOVE = [
  'packageMainAbove',
  'A modification package lies below the package that it changes: Windows shows its files and values first.',
] as const;
