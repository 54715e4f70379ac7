/** Worker entry of the workspace. Images come by ports; when one is gone, its open calls are rejected here. */
import { fail } from '../../base/errors.ts';
import type { Ledger } from '../../rpc/ledger.ts';
import { reach, serve } from '../../rpc/ports.ts';
import type { WorkspaceWorker } from '../api.ts';
import type { ImageApi } from '../api-image.ts';
import { webHost } from '../host.ts';
import { Workspace } from '../workspace/workspace.ts';

let workspace: Workspace | null = null;
const images = new Map<string, Ledger<ImageApi>>();
const the = () => workspace ?? fail('InvalidArgument', 'workspace worker', null, 'init before anything else', 'none');

const worker: WorkspaceWorker = {
  init(modules) {
    workspace = new Workspace(webHost(modules));
  },
  attach(image, report, port) {
    const ledger = reach<ImageApi>(port);
    images.set(image, ledger);
    the().attachImage(image, report, ledger.api as unknown as ImageApi);
  },
  detach(image, fault) {
    images.get(image)?.fail(new Error(fault ?? 'the image was closed'));
    images.delete(image);
    the().detachImage(image, fault);
  },
  subscribe: (listener) => the().subscribe(listener),
  addLayer: (...args) => the().addLayer(...args),
  removeLayer: (...args) => the().removeLayer(...args),
  cancelLayer: (...args) => the().cancelLayer(...args),
  setOrder: (...args) => the().setOrder(...args),
  setRole: (...args) => the().setRole(...args),
  setEnabled: (...args) => the().setEnabled(...args),
  setRuleEnabled: (...args) => the().setRuleEnabled(...args),
  setHiveMode: (...args) => the().setHiveMode(...args),
  setUser: (...args) => the().setUser(...args),
  changeRules: (...args) => the().changeRules(...args),
  editRule: (...args) => the().editRule(...args),
  applyPreset: (...args) => the().applyPreset(...args),
  tryRule: (...args) => the().tryRule(...args),
  takeRuleFiles: (...args) => the().takeRuleFiles(...args),
  mergeFindings: () => the().mergeFindings(),
  openView: (...args) => the().openView(...args),
  fileRows: (...args) => the().fileRows(...args),
  keyRows: (...args) => the().keyRows(...args),
  expand: (...args) => the().expand(...args),
  reveal: (...args) => the().reveal(...args),
  indexOf: (...args) => the().indexOf(...args),
  findRow: (...args) => the().findRow(...args),
  values: (...args) => the().values(...args),
  fileDetail: (...args) => the().fileDetail(...args),
  versionDetail: (...args) => the().versionDetail(...args),
  readFile: (...args) => the().readFile(...args),
  keyDetail: (...args) => the().keyDetail(...args),
  valueDetail: (...args) => the().valueDetail(...args),
  exportKey: (...args) => the().exportKey(...args),
  exportNext: (...args) => the().exportNext(...args),
  endExport: (...args) => the().endExport(...args),
  squash: (...args) => the().squash(...args),
  squashNext: (...args) => the().squashNext(...args),
  endSquash: (...args) => the().endSquash(...args),
  compareNodes: (...args) => the().compareNodes(...args),
  deletedFiles: (...args) => the().deletedFiles(...args),
  readDeletedFile: (...args) => the().readDeletedFile(...args),
  hiveDeleted: (...args) => the().hiveDeleted(...args),
  hiveReplayed: (...args) => the().hiveReplayed(...args),
  compareRegistry: (...args) => the().compareRegistry(...args),
  registryProgress: () => the().registryProgress(),
  endRegistryCompare: () => the().endRegistryCompare(),
  keySecurity: (...args) => the().keySecurity(...args),
  sha256: (...args) => the().sha256(...args),
  filesBelow: (...args) => the().filesBelow(...args),
  compare: (...args) => the().compare(...args),
  compareProgress: () => the().compareProgress(),
  compareRows: (...args) => the().compareRows(...args),
  endCompare: () => the().endCompare(),
  rebase: (...args) => the().rebase(...args),
  rebaseProgress: () => the().rebaseProgress(),
  rebaseFile: (...args) => the().rebaseFile(...args),
  endRebase: () => the().endRebase(),
  useBase: (...args) => the().useBase(...args),
  undoBase: () => the().undoBase(),
  findings: () => the().findings(),
  buildPlan: () => the().buildPlan(),
  checkPlan: (...args) => the().checkPlan(...args),
};

serve(worker);
