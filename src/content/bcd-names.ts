/**
 * Names of the boot configuration store as bcdedit prints them.
 * Sources: Microsoft's BCD reference (BcdLibraryElementTypes, BcdOSLoaderElementTypes, ...), "bcdedit /? TYPES <app>".
 */

/** Elements by class: code without its class digit -> name. */
const table = (text: string): ReadonlyMap<number, string> =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map((entry) => {
        const [code = '', name = ''] = entry.split(':');
        return [Number.parseInt(code, 16), name] as const;
      }),
  );

/** Elements that every object may have (class 1). */
const LIBRARY = table(`
  1000001:device 2000002:path 2000004:description 2000005:locale 4000006:inherit 5000007:truncatememory
  4000008:recoverysequence 6000009:recoveryenabled 700000a:badmemorylist 600000b:badmemoryaccess
  500000c:firstmegabytepolicy 500000d:relocatephysical 500000e:avoidlowmemory 600000f:traditionalkseg
  6000010:bootdebug 5000011:debugtype 5000012:debugaddress 5000013:debugport 5000014:baudrate 5000015:channel
  2000016:targetname 6000017:noumex 5000018:debugstart 2000019:busparams 500001a:hostip 500001b:port 600001c:dhcp
  200001d:key 600001e:vm 200001f:hostipv6 6000020:bootems 5000022:emsport 5000023:emsbaudrate 2000030:loadoptions
  6000040:advancedoptions 6000041:optionsedit 5000042:keyringaddress 1000043:bootstatdevice 2000044:bootstatfilepath
  6000045:preservebootstat 6000046:graphicsmodedisabled 5000047:configaccesspolicy 6000048:nointegritychecks
  6000049:testsigning 200004a:fontpath 500004b:integrityservices 500004c:volumebandid 6000050:extendedinput
  5000051:initialconsoleinput 5000052:graphicsresolution 6000053:restartonfailure 6000054:highestmode
  6000060:isolatedcontext 5000065:displaymessage 5000066:displaymessageoverride 6000068:nobootuxtext
  6000069:nobootuxprogress 600006a:nobootuxfade 600006c:bootuxdisabled 6000071:multibootsystem 6000072:nokeyboard
  5000073:aliaswindowskey 6000074:bootshutdowndisabled 5000075:performancefrequency 5000076:securebootrawpolicy
  7000077:allowedinmemorysettings 5000079:bootuxtransitiontime 600007a:mobilegraphics 600007b:forcefipscrypto
  500007d:booterrorux 600007e:flightsigning 500007f:measuredbootlogformat`);

/** Class 2 by the kind of application (the low digits of an object's type). */
const APPLICATION: Readonly<Record<number, ReadonlyMap<number, string>>> = {
  1: table('4000001:displayorder 4000002:bootsequence 3000003:default 5000004:timeout'),
  2: table(`
    4000001:displayorder 4000002:bootsequence 3000003:default 5000004:timeout 6000005:resume 3000006:resumeobject
    4000010:toolsdisplayorder 6000020:displaybootmenu 6000021:noerrordisplay 1000022:bcddevice 2000023:bcdfilepath
    6000024:hormenabled 6000025:hiberboot 2000026:passwordoverride 2000027:pinpassphraseoverride
    6000028:processcustomactionsfirst 7000030:customactions 6000031:persistbootsequence 6000032:skipstartupsequence`),
  3: table(`
    1000001:osdevice 2000002:systemroot 3000003:resumeobject 6000004:stampdisks 6000010:detecthal 2000011:kernel
    2000012:hal 2000013:dbgtransport 5000020:nx 5000021:pae 6000022:winpe 6000024:nocrashautoreboot
    6000025:lastknowngood 6000026:oslnointegritychecks 6000027:osltestsigning 6000030:nolowmem 5000031:removememory
    5000032:increaseuserva 5000033:perfmem 6000040:vga 6000041:quietboot 6000042:novesa 6000043:novga
    5000050:clustermodeaddressing 6000051:usephysicaldestination 5000052:restrictapiccluster 2000053:evstore
    6000054:uselegacyapicmode 5000055:x2apicpolicy 6000060:onecpu 5000061:numproc 6000062:maxproc 5000063:configflags
    6000064:maxgroup 6000065:groupaware 5000066:groupsize 6000070:usefirmwarepcisettings 5000071:msi
    5000072:pciexpress 5000080:safeboot 6000081:safebootalternateshell 6000090:bootlog 6000091:sos 60000a0:debug
    60000a1:halbreakpoint 60000a2:useplatformclock 60000a3:forcelegacyplatform 60000a4:useplatformtick
    60000a5:disabledynamictick 50000a6:tscsyncpolicy 60000b0:ems 50000c0:forcefailure 50000c1:driverloadfailurepolicy
    50000c2:bootmenupolicy 60000c3:onetimeadvancedoptions 60000c4:onetimeoptionsedit 50000e0:bootstatuspolicy
    60000e1:disableelamdrivers 50000f0:hypervisorlaunchtype 20000f1:hypervisorpath 60000f2:hypervisordebug
    50000f3:hypervisordebugtype 50000f4:hypervisordebugport 50000f5:hypervisorbaudrate 50000f6:hypervisorchannel
    50000f7:bootux 60000f8:hypervisordisableslat 20000f9:hypervisorbusparams 50000fa:hypervisornumproc
    50000fb:hypervisorrootprocpernode 60000fc:hypervisoruselargevtlb 50000fd:hypervisorhostip
    50000fe:hypervisorhostport 50000ff:hypervisordebugpages 5000100:tpmbootentropy 2000110:hypervisorusekey
    2000112:hypervisorproductskutype 5000113:hypervisorrootproc 6000114:hypervisordhcp 5000115:hypervisoriommupolicy
    6000116:hypervisorusevapic 2000117:hypervisorloadoptions 5000118:hypervisormsrfilterpolicy
    5000119:hypervisormmionxpolicy 500011a:hypervisorschedulertype 5000120:xsavepolicy 5000121:xsaveaddfeature0
    5000129:xsaveremovefeature 500012a:xsaveprocessorsmask 500012b:xsavedisable 5000130:claimedtpmcounter
    5000144:vsmlaunchtype`),
  4: table(`
    1000001:filedevice 2000002:filepath 6000003:customsettings 6000004:pae 1000005:associatedosdevice
    6000006:debugoptionenabled 5000007:bootux 5000008:bootmenupolicy 6000024:hormenabled`),
  5: table('5000001:passcount 5000002:testmix 5000003:failurecount 5000004:testtofail 6000005:cacheenable'),
  6: table('2000001:bpbstring'),
  9: table('6000001:pxesoftreboot 2000002:applicationname'),
};

/** Device options (class 3). */
const DEVICE = table(`
  5000001:ramdiskimageoffset 5000002:ramdisktftpclientport 1000003:ramdisksdidevice 2000004:ramdisksdipath
  5000005:ramdiskimagelength 6000006:exportascd 5000007:ramdisktftpblocksize 5000008:ramdisktftpwindowsize
  6000009:ramdiskmcenabled 600000a:ramdiskmctftpfallback 600000b:ramdisktftpvarwindow 600000c:vhdramdiskboot`);

/** Setup templates (class 4). */
const SETUP = table(`
  5000001:devicetype 2000002:applicationrelativepath 2000003:ramdiskdevicerelativepath 6000004:omitosloaderelements
  7000006:elementstomigrate 6000010:recoveryos`);

/**
 * Name of an element, `custom:XXXXXXXX` when it has none.
 * @param application kind of application of the object, 0 for objects that are none (settings are read as those of a loader)
 */
export function elementName(code: number, application: number): string {
  const low = code & 0x0fff_ffff;
  const tables = [
    [],
    [LIBRARY],
    application in APPLICATION ? [APPLICATION[application]!] : [APPLICATION[3]!, APPLICATION[2]!],
    [DEVICE],
    [SETUP],
  ][code >>> 28];
  for (const names of tables ?? []) {
    const name = names.get(low);
    if (name !== undefined) return name;
  }
  return `custom:${code.toString(16).padStart(8, '0')}`;
}

/** Values of integer elements that have words, by the element's name; -  stands for a number without one. */
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  nx: ['OptIn', 'OptOut', 'AlwaysOff', 'AlwaysOn'],
  pae: ['Default', 'ForceEnable', 'ForceDisable'],
  debugtype: ['Serial', '1394', 'USB', 'NET', 'Local'],
  debugstart: ['Active', 'AutoEnable', 'Disable'],
  safeboot: ['Minimal', 'Network', 'DsRepair'],
  bootmenupolicy: ['Legacy', 'Standard'],
  bootstatuspolicy: [
    'DisplayAllFailures',
    'IgnoreAllFailures',
    'IgnoreShutdownFailures',
    'IgnoreBootFailures',
    'IgnoreCheckpointFailures',
    'DisplayShutdownFailures',
    'DisplayBootFailures',
    'DisplayCheckpointFailures',
  ],
  driverloadfailurepolicy: ['Fatal', 'UseErrorControl'],
  hypervisorlaunchtype: ['Off', 'Auto'],
  vsmlaunchtype: ['Off', 'Auto'],
  tscsyncpolicy: ['Default', 'Legacy', 'Enhanced'],
  x2apicpolicy: ['Default', 'Disable', 'Enable'],
  msi: ['Default', 'ForceDisable'],
  pciexpress: ['Default', 'ForceDisable'],
  firstmegabytepolicy: ['UseNone', 'UseAll', 'UsePrivate'],
  configaccesspolicy: ['Default', 'DisallowMmConfig'],
  tpmbootentropy: ['Default', 'ForceDisable', 'ForceEnable'],
  bootux: ['Disabled', 'Basic', 'Standard'],
  graphicsresolution: ['1024x768', '800x600', '1024x600'],
};

/** Objects with a fixed GUID: bcdedit's alias, and the heading it prints where the type says no more. */
const OBJECTS: Readonly<Record<string, readonly [alias: string, title: string | null]>> = {
  '9dea862c-5cdd-4e70-acc1-f32b344d4795': ['{bootmgr}', 'Windows Boot Manager'],
  'a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba': ['{fwbootmgr}', 'Firmware Boot Manager'],
  'b2721d73-1db4-4c62-bf78-c548a880142d': ['{memdiag}', 'Windows Memory Tester'],
  '466f5a88-0af2-4f76-9038-095b170dc21c': ['{ntldr}', 'Windows Legacy OS Loader'],
  '7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e': ['{globalsettings}', 'Global Settings'],
  '6efb52bf-1766-41db-a6b3-0ee5eff72bd7': ['{bootloadersettings}', 'Boot Loader Settings'],
  '1afa9c49-16ab-4a5c-901b-212802da9460': ['{resumeloadersettings}', 'Resume Loader Settings'],
  '4636856e-540f-4170-a130-a84776f4c654': ['{dbgsettings}', 'Debugger Settings'],
  '0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9': ['{emssettings}', 'EMS Settings'],
  '5189b25c-5558-4bf2-bca4-289b11bd29e2': ['{badmemory}', 'RAM Defects'],
  '7ff607e0-4395-11db-b0de-0800200c9a66': ['{hypervisorsettings}', 'Hypervisor Settings'],
  '313e8eed-7098-4586-a9bf-309c61f8d449': ['{kerneldbgsettings}', 'Kernel Debugger Settings'],
  'ae5534e0-a924-466c-b836-758539a3ee3a': ['{ramdiskoptions}', 'Setup Ramdisk Options'],
  'fa926493-6f1c-4193-a414-58f0b2456d1e': ['{current}', null],
  '1cae1eb7-a0df-4d4d-9851-4860e34ef535': ['{default}', null],
};

/** bcdedit's alias of an object, else its GUID in braces. @param guid lower case, without braces */
export function objectAlias(guid: string): string {
  return OBJECTS[guid]?.[0] ?? `{${guid}}`;
}

const APPLICATIONS: Readonly<Record<number, string>> = {
  1: 'Firmware Boot Manager',
  2: 'Windows Boot Manager',
  3: 'Windows Boot Loader',
  4: 'Resume from Hibernate',
  5: 'Windows Memory Tester',
  6: 'Windows Legacy OS Loader',
  7: 'Windows Setup Legacy Loader',
  8: 'Real-mode Boot Sector',
  9: 'Startup Module',
  10: 'Boot Application',
};

/**
 * What kind of object it is, as bcdedit heads its list.
 * @param type `Description\Type`: digit 7 what it is (1 application, 2 settings to inherit, 3 device options), the low five
 *   digits the kind of application
 */
export function objectTitle(guid: string, type: number): string {
  const known = OBJECTS[guid]?.[1] ?? null;
  if (known !== null) return known;
  const application = type & 0xf_ffff;
  switch (type >>> 28) {
    case 1:
      if (((type >>> 20) & 15) === 1 && application > 2) return `Firmware Application (${type.toString(16)})`;
      return APPLICATIONS[application] ?? `Application (${type.toString(16)})`;
    case 2:
      return application in APPLICATIONS ? `${APPLICATIONS[application]!} Settings` : 'Inherited Settings';
    case 3:
      return 'Device options';
    default:
      return `Object (${(type >>> 0).toString(16).padStart(8, '0')})`;
  }
}
