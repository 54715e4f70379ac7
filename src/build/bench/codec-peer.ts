/**
 * The peer of bench/codec.ts, a C program over the installed libwim: decodes the same chunks and prints the user seconds it
 * took. It is text in a module, so that it is there as well when the benchmarks are bundled.
 *
 * Usage: codec-peer PACK PASSES. PACK is u32 type (1 XPRESS, 2 LZX, 3 LZMS), u32 chunk size, u32 count, then for each chunk
 * u32 compressed size, u32 size, bytes; all little-endian.
 */
export const CODEC_PEER = String.raw`#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <wimlib.h>

static double user_seconds(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_utime.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
  if (argc != 3) return 1;
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 1;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  uint8_t *pack = malloc(size);
  if (!pack || fread(pack, 1, size, file) != (size_t)size) return 1;
  fclose(file);

  uint32_t head[3];
  memcpy(head, pack, sizeof head);
  struct wimlib_decompressor *decompressor;
  if (wimlib_create_decompressor(head[0], head[1], &decompressor)) return 1;
  uint8_t *out = malloc(head[1]);
  double start = user_seconds();
  for (int pass = atoi(argv[2]); pass > 0; pass--) {
    const uint8_t *at = pack + sizeof head;
    for (uint32_t i = 0; i < head[2]; i++) {
      uint32_t sizes[2];
      memcpy(sizes, at, sizeof sizes);
      at += sizeof sizes;
      if (wimlib_decompress(at, sizes[0], out, sizes[1], decompressor)) return 2;
      at += sizes[0];
    }
  }
  printf("%.6f\n", user_seconds() - start);
  return 0;
}
`;
