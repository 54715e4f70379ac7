/** What a row in the list is, from its name and attributes alone: its word in the Type column and its icon. Pure. */

export type FileKind =
  | 'folder'
  | 'link'
  | 'cloud'
  | 'application'
  | 'library'
  | 'driver'
  | 'text'
  | 'settings'
  | 'json'
  | 'xml'
  | 'page'
  | 'log'
  | 'script'
  | 'data'
  | 'hive'
  | 'archive'
  | 'installer'
  | 'catalog'
  | 'picture'
  | 'font'
  | 'shortcut'
  | 'disk'
  | 'file';

const BY_EXTENSION: Record<string, FileKind> = {
  exe: 'application',
  com: 'application',
  scr: 'application',
  dll: 'library',
  ocx: 'library',
  cpl: 'library',
  mui: 'library',
  ax: 'library',
  drv: 'library',
  sys: 'driver',
  txt: 'text',
  md: 'text',
  csv: 'text',
  rtf: 'text',
  ini: 'settings',
  inf: 'settings',
  cfg: 'settings',
  conf: 'settings',
  reg: 'settings',
  yaml: 'settings',
  yml: 'settings',
  json: 'json',
  xml: 'xml',
  manifest: 'xml',
  config: 'xml',
  xsd: 'xml',
  mum: 'xml',
  htm: 'page',
  html: 'page',
  css: 'page',
  js: 'script',
  ps1: 'script',
  bat: 'script',
  cmd: 'script',
  vbs: 'script',
  log: 'log',
  etl: 'log',
  evtx: 'log',
  log1: 'log',
  log2: 'log',
  blf: 'log',
  dat: 'data',
  bin: 'data',
  db: 'data',
  edb: 'data',
  sqlite: 'data',
  pak: 'data',
  zip: 'archive',
  cab: 'archive',
  '7z': 'archive',
  gz: 'archive',
  msi: 'installer',
  msp: 'installer',
  msix: 'installer',
  appx: 'installer',
  cat: 'catalog',
  png: 'picture',
  jpg: 'picture',
  jpeg: 'picture',
  bmp: 'picture',
  ico: 'picture',
  gif: 'picture',
  svg: 'picture',
  ttf: 'font',
  otf: 'font',
  ttc: 'font',
  fon: 'font',
  lnk: 'shortcut',
  url: 'shortcut',
  vhd: 'disk',
  vhdx: 'disk',
  iso: 'disk',
  wim: 'disk',
  esd: 'disk',
};

const HIVES =
  /^(?:system|software|sam|security|default|components|drivers|elam|bcd|ntuser\.dat|usrclass\.dat|amcache\.hve)$/i;
/** IO_REPARSE_TAG bit 29: the entry stands for another name. */
const NAME_SURROGATE = 0x2000_0000;
/** FILE_ATTRIBUTE_RECALL_ON_OPEN, _RECALL_ON_DATA_ACCESS. */
const RECALL = 0x44_0000;

/** Lower-case extension without the dot; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

export function fileKind(row: { name: string; directory: boolean; reparseTag: number; attributes: number }): FileKind {
  if ((row.reparseTag & NAME_SURROGATE) !== 0) return 'link';
  if (row.directory) return 'folder';
  if ((row.attributes & RECALL) !== 0) return 'cloud';
  if (HIVES.test(row.name)) return 'hive';
  if (/^(?:pagefile|swapfile|hiberfil)\.sys$/i.test(row.name)) return 'data';
  return BY_EXTENSION[extensionOf(row.name)] ?? 'file';
}
