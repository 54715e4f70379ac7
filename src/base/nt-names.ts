/**
 * Names that Win32 takes for others: it drops dots and blanks at their ends, and means devices by some. NTFS holds them all;
 * only `\\?\` and NT paths reach them. Source: "Naming Files, Paths, and Namespaces" of Microsoft's documentation.
 */
const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])(?: *[.:].*)?$/i;

/** @param name of one entry, without a path */
export function ntPathOnly(name: string): boolean {
  return /[. ]$/.test(name) || DEVICE.test(name);
}
