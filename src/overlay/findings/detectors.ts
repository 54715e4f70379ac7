/** Every detector, those that need no contents first: their answers are there at once. */
import { licences, secrets } from './detectors/bound.ts';
import { caseFlags, caseTables, caseTwins } from './detectors/case.ts';
import { contents, typeConflicts, valueTypes } from './detectors/conflicts.ts';
import { searchIndex, splitGroups } from './detectors/consistency.ts';
import { dangling } from './detectors/dangling.ts';
import { reappearing, whiteouts, wrongBase } from './detectors/deletions.ts';
import { bootServices, controlSets, driverFiles } from './detectors/drivers.ts';
import { dirtyHives, hiveSizes } from './detectors/hives.ts';
import { keyLinkTargets } from './detectors/key-links.ts';
import { linkTargets } from './detectors/links.ts';
import { hardLinks, longPaths, shortNames } from './detectors/names.ts';
import { orphanSids } from './detectors/orphan-sids.ts';
import { profiles } from './detectors/profiles.ts';
import { ruleCheck } from './detectors/rule-check.ts';
import { staleBinary, staleBuild } from './detectors/stale-binary.ts';
import { storeApps } from './detectors/store-apps.ts';
import type { Detector } from './types.ts';

export const DETECTORS: readonly Detector[] = [
  ruleCheck,
  controlSets,
  driverFiles,
  splitGroups,
  searchIndex,
  dirtyHives,
  hiveSizes,
  licences,
  secrets,
  storeApps,
  whiteouts,
  reappearing,
  wrongBase,
  typeConflicts,
  contents,
  shortNames,
  hardLinks,
  caseTwins,
  caseTables,
  caseFlags,
  longPaths,
  valueTypes,
  bootServices,
  profiles,
  orphanSids,
  staleBuild,
  linkTargets,
  keyLinkTargets,
  dangling,
  staleBinary,
];
