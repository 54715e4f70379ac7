/**
 * The sample: an OS image as WIM and a user-data disk as VHDX, small but telling: an overridden DLL, a deleted file, a
 * re-created directory, an added Run entry, a changed value, a tombstone key, a file over a folder, a driver that a rule
 * leaves out. Made by the repository's own builders, the same bytes each time.
 */
import { windowsUpcase } from '../index/upcase.ts';
import { buildGpt } from './disk-builder.ts';
import { buildNtfs } from './ntfs-builder.ts';
import { osTree } from './sample/os.ts';
import { OS_TIME, USER_TIME } from './sample/times.ts';
import { userTree } from './sample/user.ts';
import { buildVhdx } from './vhdx-builder.ts';
import { buildWim } from './wim-builder.ts';

export interface SampleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const WINDOWS_XML =
  '<WINDOWS><ARCH>9</ARCH><PRODUCTNAME>Microsoft Windows Operating System</PRODUCTNAME><EDITIONID>Enterprise</EDITIONID>' +
  '<INSTALLATIONTYPE>Client</INSTALLATIONTYPE><VERSION><MAJOR>10</MAJOR><MINOR>0</MINOR><BUILD>26100</BUILD>' +
  '<SPBUILD>2033</SPBUILD></VERSION><LANGUAGES><LANGUAGE>en-US</LANGUAGE><DEFAULT>en-US</DEFAULT></LANGUAGES></WINDOWS>';

function osImage(): Uint8Array {
  const root = { name: '', dir: osTree(), created: OS_TIME, modified: OS_TIME };
  const image = { name: 'Windows 11 Enterprise', description: 'Sample pool image', root, xml: WINDOWS_XML };
  return buildWim({
    images: [image],
    compression: 'lzx',
    guid: '4d8a6a0e-31c9-4b0b-8f57-2a60cf3d8b11',
    integrity: true,
  });
}

function userDisk(): Uint8Array {
  const volume = buildNtfs({
    root: userTree(),
    label: 'USERDATA',
    time: USER_TIME,
    upcase: windowsUpcase(),
    serial: 0x5ca1_ab1e_0bad_cafen,
  });
  const disk = buildGpt([{ bytes: volume, name: 'Basic data partition' }]).bytes;
  return buildVhdx({ kind: 'dynamic', size: disk.length, write: [{ offset: 0, bytes: disk }] });
}

let made: readonly SampleFile[] | null = null;

export function sampleFiles(): readonly SampleFile[] {
  made ??= [
    { name: 'windows-11-pool.wim', bytes: osImage() },
    { name: 'ann-userdata.vhdx', bytes: userDisk() },
  ];
  return made;
}
