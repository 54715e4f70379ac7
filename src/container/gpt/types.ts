/** Names of the partition type GUIDs that one meets. */
const NAMES: Readonly<Record<string, string>> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': 'EFI system',
  'e3c9e316-0b5c-4db8-817d-f92df00215ae': 'Microsoft reserved',
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': 'Basic data',
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac': 'Windows recovery',
  '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3': 'LDM metadata',
  'af9b60a0-1431-4f62-bc68-3311714a69ad': 'LDM data',
  'e75caf8f-f680-4cee-afa3-b001e56efc2d': 'Storage Spaces',
  '558d43c5-a1ac-43c0-aac8-d1472b2923d1': 'Storage replica',
  'db97dba9-0840-4bae-97f0-ffb9a327c7e1': 'Microsoft cluster metadata',
  '37affc90-ef7d-4e96-91c3-2d7ae055b174': 'IBM GPFS',
  '21686148-6449-6e6f-744e-656564454649': 'BIOS boot',
  '024dee41-33e7-11d3-9d69-0008c781f39f': 'MBR partition scheme',
  'd3bfe2de-3daf-11df-ba40-e3a556d89593': 'Intel rapid start',
  'bfbfafe7-a34f-448a-9a5b-6213eb736c22': 'Lenovo boot',
  'f4019732-066e-4e12-8273-346c5641494f': 'Sony boot',
  '0fc63daf-8483-4772-8e79-3d69d8477de4': 'Linux file system',
  '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f': 'Linux swap',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'Linux LVM',
  'a19d880f-05fc-4d3b-a006-743f0f84911e': 'Linux RAID',
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': 'Linux root (x86-64)',
  'b921b045-1df0-41c3-af44-4c6f280d3fae': 'Linux root (ARM64)',
  '933ac7e1-2eb4-4f13-b844-0e14e2aef915': 'Linux home',
  'bc13c2ff-59e6-4262-a352-b275fd6f7172': 'Linux extended boot',
  '3b8f8425-20e0-4f3b-907f-1a25a76f98e8': 'Linux server data',
  '8da63339-0007-60c0-c436-083ac8230908': 'Linux reserved',
  '7ffec5c9-2d00-49b7-8941-3ea10a5586b7': 'dm-crypt',
  'ca7d7ccb-63ed-4c53-861c-1742536059cc': 'LUKS',
  '48465300-0000-11aa-aa11-00306543ecac': 'Apple HFS+',
  '7c3457ef-0000-11aa-aa11-00306543ecac': 'Apple APFS',
  '426f6f74-0000-11aa-aa11-00306543ecac': 'Apple boot',
  '53746f72-6167-11aa-aa11-00306543ecac': 'Apple Core Storage',
  '516e7cb6-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD UFS',
  '516e7cb5-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD swap',
  '516e7cba-6ecf-11d6-8ff8-00022d09712b': 'FreeBSD ZFS',
  '83bd6b9d-7f41-11dc-be0b-001560b84f0f': 'FreeBSD boot',
  '6a898cc3-1dd2-11b2-99a6-080020736631': 'Solaris /usr or ZFS',
  'aa31e02a-400f-11db-9590-000c2911d1b8': 'VMware VMFS',
  '9d275380-40ad-11db-bf97-000c2911d1b8': 'VMware core dump',
  '9198effc-31c0-11db-8f78-000c2911d1b8': 'VMware reserved',
};

/** Types that hold no file system by definition: that nothing is found in them is no loss. */
const RESERVED: readonly string[] = [
  'Microsoft reserved',
  'LDM metadata',
  'BIOS boot',
  'Intel rapid start',
  'Linux swap',
  'Linux reserved',
  'FreeBSD boot',
  'FreeBSD swap',
  'VMware core dump',
  'VMware reserved',
];

export function gptIsReserved(guid: string): boolean {
  return RESERVED.includes(gptTypeName(guid));
}

export function gptTypeName(guid: string): string {
  return NAMES[guid] ?? `type ${guid}`;
}

/** Attribute bits of the UEFI specification, and those Microsoft defines for basic data partitions. */
const ATTRIBUTES: readonly (readonly [bigint, string])[] = [
  [1n << 0n, 'required'],
  [1n << 1n, 'no block IO'],
  [1n << 2n, 'legacy boot'],
  [1n << 60n, 'read-only'],
  [1n << 61n, 'shadow copy'],
  [1n << 62n, 'hidden'],
  [1n << 63n, 'no drive letter'],
];

export function gptAttributeNames(attributes: bigint): string[] {
  return ATTRIBUTES.filter(([bit]) => (attributes & bit) !== 0n).map(([, name]) => name);
}
