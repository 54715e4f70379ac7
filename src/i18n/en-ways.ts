/** What to do about a finding that no rule settles, by code, or by code and severity. */
export const enWays = {
  bootStartInUpper: 'Nothing to do: a rule, or the mode of the hive, leaves it out already.',
  checkFailed: 'Report it with what stands above: this is a fault of the program, not of the layers.',
  checkIncomplete: 'Open the layer again from an undamaged file; what is damaged is told beside its layer.',
  controlSetMismatch: 'Nothing to do: the merge maps one onto the other.',
  danglingComServer:
    'Delete the value in its layer: the name of its key reads as a pattern, and a rule would mean more.',
  danglingRun: 'Delete the value in its layer: the name of its key reads as a pattern, and a rule would mean more.',
  danglingShortPath: 'Write the long path into the value in its layer: the name of its key reads as a pattern.',
  danglingLink: 'Delete the link in its layer, or add the layer that has its target.',
  driverInUpper: 'Nothing to do: a rule leaves it out already, and the base\u2019s own driver is loaded.',
  eaNotPortable: 'Nothing to do, unless a program asks for these attributes: then take the file from its own volume.',
  efsOpaque: 'Decrypt it where it was made (cipher /d) and make the layer anew: no key of it is in any layer.',
  hiveDirty:
    'Add the .LOG1 and .LOG2 files that lay beside the hive. Without them: start the Windows it belongs to and shut it down.',
  'hiveDirty:info': 'Nothing to do: what the log holds is shown and goes into the plan.',
  linkEscape: 'It is the base\u2019s own link: see that the guest has what it leads to, and whose it is.',
  longestPath: 'Move these files where the layer is made; until then only programs that know long paths open them.',
  needsHydration: 'Nothing to do for a guest that signs in to the cloud; else fetch the file before the layer is made.',
  opaqueReparse:
    'Nothing to do in a guest with the filter that made it; else take the file out where the layer is made.',
  orphanSid:
    'It is not known whose files these are: no profile here is of their folder alone. Give them to the user in the guest: icacls <folder> /setowner <user> /t.',
  profileDuplicate:
    'List the profile under the user\u2019s SID in ProfileList where the layer is made, or rename the folder to the one that is listed.',
  quota: 'Delete what fills it where it runs: no other layer has these keys, and no rule makes a hive smaller.',
  reappearIfRemoved: 'Nothing to do while the layer stays. Take the list along before the layer goes or is flattened.',
  shortNameClash: 'Nothing to do: in the plan the upper entry has another 8.3 name, unique in the folder.',
  'shortNameClash:error': 'Write the long path into the value in its layer: the name of its key reads as a pattern.',
  staleWhiteout: 'Nothing to do while no base has the name; a later base that brings it again will lack it.',
  typeConflict: 'Rename one of the two where its layer is made.',
  typeChanged: 'Correct the value in its layer: the name of its key reads as a pattern, and a rule would mean more.',
  upcaseCollision: 'Rename one of the two where the layer is made: to rules both have one path.',
  upcaseDivergence: 'Nothing to do by itself: names that fall together or part by it are told one by one.',
  volumeBoundData:
    'Correct the value in its layer, or see that the guest has that drive: the name of its key reads as a pattern.',
  wrongBase:
    'Add the base that the layer was made over, or leave the layer out. What it hides of another base is told under Compare.',
};
