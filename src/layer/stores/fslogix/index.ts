/**
 * An FSLogix container: a user's profile, or the Office data of one, on a disk of its own.
 *
 *     Profile\NTUSER.DAT, Profile\AppData ...      the profile: in the guest Users\NAME
 *     Profile\AppData\Local\FSLogix\Redirections.xml    what of it lies elsewhere
 *     ODFC\...                                     Office (ODFC) container
 *
 * Whose it is does not stand in the files: the volume's label says it (`Profile-NAME`), and the name of the disk
 * (`Profile_NAME.VHDX`). Which folders of the profile an ODFC container stands for depends on the agent's settings.
 *
 * Sources: Microsoft's documentation of FSLogix; disks as the agent makes them.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, lookup, pathOf } from '../../../index/path.ts';
import { RULE_FILE_LIMIT } from '../../foreign-rules/text.ts';
import { readPolicies } from '../../policies.ts';
import type { StoreAdapter } from '../types.ts';

const PROFILE = 'Profile';
const OFFICE = 'ODFC';
const REDIRECTIONS = 'AppData\\Local\\FSLogix\\Redirections.xml';
/** Folders of a disk of Windows itself: a folder `Profile` on one is any folder. */
const WINDOWS: readonly string[] = ['Windows', 'Users', 'Program Files'];

function container(table: NodeTable, upcase: Uint16Array): { readonly row: number; readonly office: boolean } | null {
  if (WINDOWS.some((name) => childOf(table, 0, name, upcase) > 0)) return null;
  const profile = childOf(table, 0, PROFILE, upcase);
  const inside = ['NTUSER.DAT', 'AppData'].some((name) => profile > 0 && childOf(table, profile, name, upcase) > 0);
  if (inside && table.isFolder(profile)) return { row: profile, office: false };
  const office = childOf(table, 0, OFFICE, upcase);
  return office > 0 && table.isFolder(office) ? { row: office, office: true } : null;
}

/** `Profile-ann`, `O365-ann` of a label; `Profile_ann.VHDX`, `ODFC_S-1-5-21-..._ann` of a file. */
export function ownerOf(label: string, file: string): string | null {
  const name =
    /^(?:Profile|O365|ODFC)[-_](.+)$/i.exec(label.trim())?.[1] ??
    /^(?:Profile|ODFC)[-_](.+?)(?:\.[^.]{1,5})*$/i.exec(file.replace(/^.*[\\/]/, ''))?.[1] ??
    null;
  const bare = name?.replace(/^S-1-[-\d]+_/i, '').trim() ?? '';
  return bare === '' || /[\\/:*?"<>|]/.test(bare) ? null : bare;
}

export const fslogixStore: StoreAdapter = {
  id: 'fslogix',
  title: 'FSLogix container',

  detect: (table, upcase) => container(table, upcase) !== null,

  needs(table, upcase) {
    const found = container(table, upcase);
    const row = found === null || found.office ? -1 : lookup(table, REDIRECTIONS, upcase, found.row);
    if (row <= 0 || table.isDirectory(row)) return [];
    return [{ ref: table.ref(row), path: pathOf(table, row), size: table.data.size[row]!, limit: RULE_FILE_LIMIT }];
  },

  signs(table, upcase) {
    const found = container(table, upcase);
    const hive = found === null ? -1 : childOf(table, found.row, 'NTUSER.DAT', upcase);
    return found === null ? [] : [pathOf(table, hive > 0 ? hive : found.row)];
  },

  apply(table, upcase, bytes, source, _attributes, volume) {
    const findings: Finding[] = [];
    const tell = (code: string, severity: Finding['severity'], message: string, facts: Finding['facts'] = {}) =>
      findings.push({ code, severity, where: { source, offset: null }, message, facts });
    const found = container(table, upcase);
    const plain = { internal: [], markers: [], hives: [] };
    const owner = ownerOf(volume?.label ?? '', source);
    if (found === null) {
      tell('storeNotSeen', 'warning', 'No folder of a container is here: the files are shown as they are.');
      return { ...plain, root: 0, facts: { container: null, owner }, findings };
    }
    const { row, office } = found;
    if (office) {
      tell(
        'fslogixOffice',
        'info',
        'Which folders of the profile an Office container stands for is said by the agent’s settings: its folders are shown as they are.',
        { owner },
      );
      return { ...plain, root: 0, facts: { container: 'ODFC', owner }, findings };
    }
    if (owner === null)
      tell('fslogixOwner', 'warning', 'Neither the volume’s label nor the file’s name says whose profile this is.', {
        folder: 'user',
      });
    const home = ['Users', owner ?? 'user'];
    const policies = readPolicies(
      fslogixStore.needs(table, upcase).map(({ path }, i) => ({ source: path, bytes: bytes[i] ?? null })),
      home.join('\\'),
    );
    return {
      ...plain,
      root: 0,
      places: [{ row, at: home }],
      policies,
      facts: { container: 'Profile', owner },
      findings,
    };
  },
};
