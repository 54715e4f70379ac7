/*
 * Packs and unpacks single chunks with libwim, for tests of our decoders: jobs on standard input, answers on standard output,
 * numbers as this machine has them.
 *
 *     job     what (1 = pack, 2 = unpack), codec (1 XPRESS, 2 LZX, 3 LZMS), largest chunk, bytes in, bytes out: 5 x u32; bytes
 *     answer  status (0 = fine), length: 2 x u32; bytes
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wimlib.h>

enum { PACK = 1, UNPACK = 2, FAILED = 1, TROUBLE = 2, SLACK = 64 };

static int answer(uint32_t status, const void *bytes, uint32_t length)
{
	uint32_t head[2] = { status, length };

	return fwrite(head, sizeof(head), 1, stdout) == 1 && (length == 0 || fwrite(bytes, length, 1, stdout) == 1);
}

static int work(const uint32_t job[5], const unsigned char *in)
{
	uint32_t codec = job[1], chunk = job[2], in_size = job[3], out_size = job[4];
	unsigned char *out = malloc((size_t)out_size + SLACK);
	int done = 0;

	if (out == NULL)
		return 0;
	if (job[0] == PACK) {
		struct wimlib_compressor *packer;

		if (wimlib_create_compressor(codec, chunk, 0, &packer) == 0) {
			size_t length = wimlib_compress(in, in_size, out, out_size, packer);

			done = answer(length == 0 ? FAILED : 0, out, (uint32_t)length);
			wimlib_free_compressor(packer);
		} else
			done = answer(TROUBLE, NULL, 0);
	} else {
		struct wimlib_decompressor *unpacker;

		if (wimlib_create_decompressor(codec, chunk, &unpacker) == 0) {
			int failed = wimlib_decompress(in, in_size, out, out_size, unpacker);

			done = answer(failed ? FAILED : 0, out, failed ? 0 : out_size);
			wimlib_free_decompressor(unpacker);
		} else
			done = answer(TROUBLE, NULL, 0);
	}
	free(out);
	return done;
}

int main(void)
{
	uint32_t job[5];

	while (fread(job, sizeof(job), 1, stdin) == 1) {
		unsigned char *in = malloc((size_t)job[3] + SLACK);

		if (in == NULL || (job[3] > 0 && fread(in, job[3], 1, stdin) != 1) || !work(job, in))
			return 1;
		free(in);
	}
	return 0;
}
