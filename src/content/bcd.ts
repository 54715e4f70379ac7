/**
 * The boot configuration store (BCD): a registry hive with a meaning of its own, in the words of bcdedit.
 *
 *     Objects\{guid}\Description   Type (REG_DWORD)
 *     Objects\{guid}\Elements\XXXXXXXX   Element
 *
 * The key's name is the element's code: digit 7 its class (1 library, 2 application, 3 device, 4 setup), digit 6 the format of
 * its value: 1 device (binary), 2 string (REG_SZ), 3 object (REG_SZ), 4 objects (REG_MULTI_SZ), 5 integer (binary, 8 bytes),
 * 6 boolean (binary, 1 byte), 7 integers (binary).
 *
 * A device is a GUID of further options and a structure whose union depends on its type:
 *
 *     +0   GUID of the options object, zero for none
 *     +16  type: 0 disk, 2 legacy partition, 3 serial, 4 network, 5 boot, 6 partition, 7 VM bus, 8 locate
 *     +20  flags   +24 size from +16 on   +28 unused
 *     +32  partition: GUID of a GPT partition, or an MBR partition's byte offset (8 bytes); then the disk at +48:
 *          kind (0 hard disk), style (0 GPT, 1 MBR), GUID of the disk or its signature
 *     +32  disk: kind: 0 hard disk, 1 floppy, 2 CD-ROM, 3 RAM disk, 5 file, 6 virtual disk; a RAM disk's file follows at +56:
 *          version, length, kind, then a device as above (from its type on), then the path in UTF-16
 *     +32  locate: kind, at +36 the code of the element that says what is looked for
 *
 * Trap: the sizes inside are those of the structure, not of the value: a value may be cut short. What cannot be read is told
 * as bytes. Sources: Microsoft's BCD reference, mistyprojects.co.uk "Devices Partition - Data", stores of the corpus.
 */
import { guidLe, hex } from '../base/guid.ts';
import { CHOICES, elementName, objectAlias } from './bcd-names.ts';
import { stringOf, stringsOf } from './registry-value.ts';

export { elementName, objectAlias, objectTitle } from './bcd-names.ts';

const NO_GUID = '00000000-0000-0000-0000-000000000000';
const SHOWN_BYTES = 32;

/** `{GUID}` in any case -> lower case without braces; null when it is none. */
export function objectGuid(keyName: string): string | null {
  const match = /^\{([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}$/i.exec(keyName);
  return match === null ? null : match[1]!.toLowerCase();
}

/** Code of an element from its key's name, null when it is none. */
export function elementCode(keyName: string): number | null {
  return /^[0-9a-f]{8}$/i.test(keyName) ? Number.parseInt(keyName, 16) : null;
}

export interface Element {
  readonly code: number;
  readonly name: string;
  readonly text: string;
}

/**
 * One element in words. Data may be anything: what does not fit its format is told as bytes.
 * @param application kind of application of its object (`Type` & 0xfffff)
 */
export function readElement(code: number, application: number, data: Uint8Array): Element {
  const name = elementName(code, application);
  return { code, name, text: elementText(code, name, data) };
}

function elementText(code: number, name: string, data: Uint8Array): string {
  switch ((code >>> 24) & 15) {
    case 1:
      return deviceText(data);
    case 2:
      return stringOf(data);
    case 3:
      return aliasOf(stringOf(data));
    case 4:
      return stringsOf(data).map(aliasOf).join(', ');
    case 5:
      return integerText(name, data);
    case 6:
      return data.length === 0 ? bytesText(data) : data[0] === 0 ? 'No' : 'Yes';
    case 7:
      return integersText(data);
    default:
      return bytesText(data);
  }
}

function aliasOf(text: string): string {
  const guid = objectGuid(text);
  return guid === null ? text : objectAlias(guid);
}

function bytesText(data: Uint8Array): string {
  const shown = hex(data.subarray(0, SHOWN_BYTES)).replace(/..(?=.)/g, '$& ');
  return data.length > SHOWN_BYTES ? `${shown} \u2026` : shown;
}

const viewOf = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength);

function integerText(name: string, data: Uint8Array): string {
  if (data.length !== 8 && data.length !== 4) return bytesText(data);
  const number = data.length === 8 ? viewOf(data).getBigUint64(0, true) : BigInt(viewOf(data).getUint32(0, true));
  const word = number < 64n ? CHOICES[name]?.[Number(number)] : undefined;
  return word ?? number.toString();
}

function integersText(data: Uint8Array): string {
  if (data.length === 0 || data.length % 8 !== 0) return bytesText(data);
  const view = viewOf(data);
  return Array.from({ length: Math.min(16, data.length / 8) }, (_, i) => {
    return `0x${view.getBigUint64(i * 8, true).toString(16)}`;
  }).join(', ');
}

/** `partition={...}`, `ramdisk=[boot]\sources\boot.wim,{ramdiskoptions}`, `boot`, `locate=custom:12000002`. */
export function deviceText(data: Uint8Array): string {
  const text = data.length < 32 ? null : device(data, 16, data.length);
  if (text === null) return bytesText(data);
  const options = guidLe(data.subarray(0, 16));
  return options === NO_GUID ? text : `${text},${objectAlias(options)}`;
}

const TYPES: Readonly<Record<number, string>> = { 2: 'legacypartition', 3: 'serial', 4: 'net', 5: 'boot', 7: 'vmbus' };

/** A device from its type on; null when it is cut short. */
function device(data: Uint8Array, at: number, end: number, nested = false): string | null {
  const view = viewOf(data);
  if (at + 16 > end) return null;
  const type = view.getUint32(at, true);
  const body = at + 16;
  if (type in TYPES) return TYPES[type]!;
  if (type === 6) return partition(data, view, body, end);
  if (type === 8 && body + 8 <= end) return locate(view.getUint32(body, true), view.getUint32(body + 4, true));
  if (type !== 0 || body + 4 > end) return null;
  const kind = view.getUint32(body, true);
  if (kind === 0) return disk(data, view, body, end);
  if (kind === 1) return 'floppy';
  if (kind === 2) return 'cdrom';
  if (kind === 3) return nested ? null : ramdisk(data, view, body, end);
  return kind === 5 ? 'file' : kind === 6 ? 'vhd' : null;
}

function locate(kind: number, code: number): string {
  return kind === 0 ? `locate=custom:${code.toString(16).padStart(8, '0')}` : 'locate';
}

function partition(data: Uint8Array, view: DataView, body: number, end: number): string | null {
  if (body + 24 > end) return null;
  const on = disk(data, view, body + 16, end);
  if (on === null) return null;
  const mbr = view.getUint32(body + 20, true) === 1;
  const id = mbr ? `offset ${view.getBigUint64(body, true)}` : `{${guidLe(data.subarray(body, body + 16))}}`;
  return `partition=${id} on ${on}`;
}

function disk(data: Uint8Array, view: DataView, at: number, end: number): string | null {
  if (at + 12 > end) return null;
  const style = view.getUint32(at + 4, true);
  if (style === 1)
    return `disk ${view
      .getUint32(at + 8, true)
      .toString(16)
      .padStart(8, '0')}`;
  return style === 0 && at + 24 <= end ? `disk {${guidLe(data.subarray(at + 8, at + 24))}}` : null;
}

function ramdisk(data: Uint8Array, view: DataView, body: number, end: number): string | null {
  const file = body + 24;
  if (file + 28 > end) return null;
  const stop = file + view.getUint32(file + 4, true);
  const inner = file + 12;
  const path = inner + view.getUint32(inner + 8, true);
  if (stop > end || path > stop || path < inner + 16) return null;
  const on = device(data, inner, path, true);
  return on === null ? null : `ramdisk=[${on}]${stringOf(data.subarray(path, stop))}`;
}
