/**
 * An FSLogix container: a user's profile, or the Office data of one, on a disk of its own.
 *
 *     Profile\NTUSER.DAT, Profile\AppData ...      the profile: in the guest Users\NAME
 *     Profile\AppData\Local\FSLogix\Redirections.xml    what of it lies elsewhere
 *     ODFC\Outlook ...                             Office (ODFC) container: a folder for each of the agent's settings
 *
 * Whose it is does not stand in the files: the volume's label says it (`Profile-NAME`), and the name of the disk
 * (`Profile_NAME.VHDX`). What is in a container was redirected into it, so that a folder of an ODFC container stands for its place
 * in the profile as Microsoft lists the places by setting. A setting with several places (Teams, OneNote, Skype) does not say which
 * of them a folder is: these, and names that no setting has, are left where they are and told.
 *
 * Sources: Microsoft's documentation of FSLogix (ODFC: "Exclusions for third party roaming profiles"); disks as the agent makes them.
 */
import type { Finding } from '../../../base/findings.ts';
import type { NodeTable } from '../../../index/node-table.ts';
import { childOf, lookup, pathOf } from '../../../index/path.ts';
import { foldText } from '../../../index/upcase.ts';
import type { Placement } from '../../arrange.ts';
import { RULE_FILE_LIMIT } from '../../foreign-rules/text.ts';
import { readPolicies } from '../../policies.ts';
import type { StoreAdapter } from '../types.ts';

const PROFILE = 'Profile';
const OFFICE = 'ODFC';
const MAX_TOLD = 50;
const REDIRECTIONS = 'AppData\\Local\\FSLogix\\Redirections.xml';
/** Places in the profile by the name of a setting without `Include`, upper case. */
const OFFICE_PLACES: Readonly<Record<string, string>> = {
  OUTLOOK: 'AppData\\Local\\Microsoft\\Outlook',
  OUTLOOKPERSONALIZATION: 'AppData\\Roaming\\Microsoft\\Outlook',
  ONEDRIVE: 'AppData\\Local\\Microsoft\\OneDrive',
  OFFICEACTIVATION: 'AppData\\Local\\Microsoft\\Office\\16.0\\Licensing',
  LICENSING: 'AppData\\Local\\Microsoft\\Office\\16.0\\Licensing',
  OFFICEFILECACHE: 'AppData\\Local\\Microsoft\\Office\\16.0\\OfficeFileCache',
  // a container whose folders are those of the profile
  APPDATA: 'AppData',
};
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
    if (owner === null)
      tell('fslogixOwner', 'warning', 'Neither the volume’s label nor the file’s name says whose profile this is.', {
        folder: 'user',
      });
    const home = ['Users', owner ?? 'user'];
    if (office) {
      const { places, placed, left } = officePlaces(table, upcase, row, home);
      tell('fslogixOffice', 'info', 'Folders of an Office container stand in the profile where its settings say.', {
        placed,
      });
      if (left.length > 0)
        tell(
          'fslogixOfficeLeft',
          'warning',
          'Where these folders of an Office container stand in the profile is not known.',
          {
            names: left,
          },
        );
      return { ...plain, root: 0, places, facts: { container: 'ODFC', owner }, findings };
    }
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

/** Each folder at its place in the profile; those without one stay where they are. */
function officePlaces(table: NodeTable, upcase: Uint16Array, office: number, home: readonly string[]) {
  const places: Placement[] = [];
  const placed: string[] = [];
  const left: string[] = [];
  for (let row = table.data.childStart[office]!; row < table.data.childStart[office + 1]!; row++) {
    const name = table.name(row);
    const folded = foldText(name, upcase);
    const place = Object.hasOwn(OFFICE_PLACES, folded) && table.isFolder(row) ? OFFICE_PLACES[folded]! : null;
    places.push({ row, at: place === null ? [OFFICE, name] : [...home, ...place.split('\\')] });
    if (place === null) left.push(name);
    else placed.push(`${name} -> ${place}`);
  }
  return { places, placed: placed.slice(0, MAX_TOLD), left: left.slice(0, MAX_TOLD) };
}
