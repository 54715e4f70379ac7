/**
 * libvhdi as a second opinion on chains: its tools only print facts or mount, so its shared library is called from Python.
 * Version 20210425 reads the sector bitmaps of a VHD with the low bit first, so that only changes of whole groups of eight
 * sectors come out right (Windows' own are); the specification, 7-Zip and MiniVHD have the high bit first.
 */
import { hasTool, runTool } from './tools.ts';

const SCRIPT = `
import ctypes, sys
lib = ctypes.CDLL('libvhdi.so.1')
error = ctypes.c_void_p()
def check(result):
    if result > 0: return
    text = ctypes.create_string_buffer(4096)
    lib.libvhdi_error_backtrace_sprint(error, text, 4096)
    sys.exit(text.value.decode())
def opened(name):
    file = ctypes.c_void_p()
    check(lib.libvhdi_file_initialize(ctypes.byref(file), ctypes.byref(error)))
    check(lib.libvhdi_file_open(file, name.encode(), 1, ctypes.byref(error)))
    return file
files = [opened(name) for name in sys.argv[1:]]
for parent, child in zip(files, files[1:]):
    check(lib.libvhdi_file_set_parent_file(child, parent, ctypes.byref(error)))
size = ctypes.c_uint64()
check(lib.libvhdi_file_get_media_size(files[-1], ctypes.byref(size), ctypes.byref(error)))
lib.libvhdi_file_read_buffer_at_offset.restype = ctypes.c_ssize_t
at = 0
while at < size.value:
    buffer = ctypes.create_string_buffer(min(1 << 20, size.value - at))
    wanted = ctypes.c_size_t(len(buffer))
    read = lib.libvhdi_file_read_buffer_at_offset(files[-1], buffer, wanted, ctypes.c_int64(at), ctypes.byref(error))
    check(read)
    sys.stdout.buffer.write(buffer.raw[:read])
    at += read
`;

/** True when both Python and libvhdi (its tools come with the library) are here. */
export function hasLibvhdi(): boolean {
  return hasTool('python3') && hasTool('vhdiinfo');
}

/** The whole disk of the last of `files`, each the parent of the next. @throws with libvhdi's own words */
export function libvhdiDisk(files: readonly string[]): Buffer {
  return runTool('python3', ['-c', SCRIPT, ...files]);
}
