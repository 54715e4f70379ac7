/** What a choice among images or volumes is called: its title, and of a Windows image its edition, build and architecture. */
import type { Fact, Facts } from './findings.ts';

const text = (value: Fact | undefined): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** `Windows 11 Enterprise · 10.0.26100.2033 · x64 · de-DE` */
export function mountText(title: string, facts: Facts): string {
  const edition = text(facts['edition']);
  const named = edition !== null && title.toLowerCase().includes(edition.toLowerCase());
  const build = text(facts['build']);
  const words = [
    named ? null : edition,
    build,
    build === null ? null : text(facts['arch']),
    text(facts['defaultLanguage']),
  ];
  return [title, ...words.filter((word) => word !== null)].join(' · ');
}
