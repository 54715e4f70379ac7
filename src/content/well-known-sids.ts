/** Well-known SIDs ([MS-DTYP] 2.4.2.4): names as Windows shows them, and the two letters of SDDL ([MS-DTYP] 2.5.1). */

const KNOWN: Record<string, readonly [name: string, alias: string | null]> = {
  'S-1-0-0': ['Nobody', null],
  'S-1-1-0': ['Everyone', 'WD'],
  'S-1-2-0': ['LOCAL', null],
  'S-1-2-1': ['CONSOLE LOGON', null],
  'S-1-3-0': ['CREATOR OWNER', 'CO'],
  'S-1-3-1': ['CREATOR GROUP', 'CG'],
  'S-1-3-4': ['OWNER RIGHTS', 'OW'],
  'S-1-5-2': ['NETWORK', 'NU'],
  'S-1-5-3': ['BATCH', null],
  'S-1-5-4': ['INTERACTIVE', 'IU'],
  'S-1-5-6': ['SERVICE', 'SU'],
  'S-1-5-7': ['ANONYMOUS LOGON', 'AN'],
  'S-1-5-9': ['ENTERPRISE DOMAIN CONTROLLERS', 'ED'],
  'S-1-5-10': ['SELF', 'PS'],
  'S-1-5-11': ['Authenticated Users', 'AU'],
  'S-1-5-12': ['RESTRICTED', 'RC'],
  'S-1-5-13': ['TERMINAL SERVER USER', null],
  'S-1-5-14': ['REMOTE INTERACTIVE LOGON', null],
  'S-1-5-17': ['IUSR', null],
  'S-1-5-18': ['SYSTEM', 'SY'],
  'S-1-5-19': ['LOCAL SERVICE', 'LS'],
  'S-1-5-20': ['NETWORK SERVICE', 'NS'],
  'S-1-5-33': ['WRITE RESTRICTED', 'WR'],
  'S-1-5-113': ['Local account', null],
  'S-1-5-114': ['Local account and member of Administrators group', null],
  'S-1-5-32-544': ['Administrators', 'BA'],
  'S-1-5-32-545': ['Users', 'BU'],
  'S-1-5-32-546': ['Guests', 'BG'],
  'S-1-5-32-547': ['Power Users', 'PU'],
  'S-1-5-32-548': ['Account Operators', 'AO'],
  'S-1-5-32-549': ['Server Operators', 'SO'],
  'S-1-5-32-550': ['Print Operators', 'PO'],
  'S-1-5-32-551': ['Backup Operators', 'BO'],
  'S-1-5-32-552': ['Replicator', 'RE'],
  'S-1-5-32-554': ['Pre-Windows 2000 Compatible Access', 'RU'],
  'S-1-5-32-555': ['Remote Desktop Users', 'RD'],
  'S-1-5-32-556': ['Network Configuration Operators', 'NO'],
  'S-1-5-32-558': ['Performance Monitor Users', 'MU'],
  'S-1-5-32-559': ['Performance Log Users', 'LU'],
  'S-1-5-32-568': ['IIS_IUSRS', 'IS'],
  'S-1-5-32-569': ['Cryptographic Operators', 'CY'],
  'S-1-5-32-573': ['Event Log Readers', 'ER'],
  'S-1-5-32-578': ['Hyper-V Administrators', 'HA'],
  'S-1-5-32-580': ['Remote Management Users', 'RM'],
  'S-1-5-80-0': ['ALL SERVICES', null],
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464': ['TrustedInstaller', null],
  'S-1-15-2-1': ['ALL APPLICATION PACKAGES', 'AC'],
  'S-1-15-2-2': ['ALL RESTRICTED APPLICATION PACKAGES', null],
  'S-1-16-0': ['Untrusted Mandatory Level', null],
  'S-1-16-4096': ['Low Mandatory Level', 'LW'],
  'S-1-16-8192': ['Medium Mandatory Level', 'ME'],
  'S-1-16-8448': ['Medium Plus Mandatory Level', 'MP'],
  'S-1-16-12288': ['High Mandatory Level', 'HI'],
  'S-1-16-16384': ['System Mandatory Level', 'SI'],
};

/** Accounts and groups every machine or domain has, by the last part of their SID. */
const RELATIVE: Record<number, string> = {
  500: 'Administrator',
  501: 'Guest',
  503: 'DefaultAccount',
  504: 'WDAGUtilityAccount',
  512: 'Domain Admins',
  513: 'Domain Users',
  514: 'Domain Guests',
  515: 'Domain Computers',
  519: 'Enterprise Admins',
};

/** Name of a well-known SID, null for all others. */
export function sidName(sid: string): string | null {
  const known = KNOWN[sid];
  if (known !== undefined) return known[0];
  const relative = /^S-1-5-21-\d+-\d+-\d+-(\d+)$/.exec(sid);
  return relative === null ? null : (RELATIVE[Number(relative[1])] ?? null);
}

/** The two letters that SDDL has for a SID, null when it has none. */
export function sidAlias(sid: string): string | null {
  return KNOWN[sid]?.[1] ?? null;
}
