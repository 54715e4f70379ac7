/**
 * Known answers for LZMS, which has no compressor here: content that is made by a few lines, and what libwim 1.13.5 made of
 * it. The codes of literals and lengths are renewed, LZ and delta matches have offsets
 * of their own and repeated ones, and the x86 filter changes addresses and leaves others.
 */
import { Random } from './damage.ts';

export interface LzmsVector {
  readonly make: () => Uint8Array;
  /** The compressed chunk, base64. */
  readonly packed: string;
}

/** Sentences of few words: LZ matches with short offsets, repeats. */
function text(): Uint8Array {
  const random = new Random(1);
  const words = ['layer ', 'disk ', 'hive ', 'of ', 'the ', 'winner ', 'merge ', 'plan ', 'key ', 'and ', 'a ', '\n'];
  let out = '';
  while (out.length < 2600) out += words[Math.min(random.below(12), random.below(12))]!;
  return Buffer.from(out, 'latin1');
}

/** Random letters, the first ones most often: literals. */
function letters(): Uint8Array {
  const random = new Random(2);
  return Uint8Array.from({ length: 1100 }, () => 48 + Math.min(random.below(24), random.below(24)));
}

/** A table of records whose fields grow: delta matches of several powers. */
function records(): Uint8Array {
  const out = new DataView(new ArrayBuffer(3200));
  for (let i = 0; i < 200; i++) {
    out.setUint32(i * 16, 0x401000 + i * 0x35, true);
    out.setUint16(i * 16 + 4, i * i, true);
    out.setUint16(i * 16 + 6, 1000 - i, true);
    out.setFloat64(i * 16 + 8, i * 1.5, true);
  }
  return new Uint8Array(out.buffer);
}

/** Calls, loads and jumps to few targets between other bytes: the x86 filter. */
function code(): Uint8Array {
  const random = new Random(3);
  const out = Buffer.alloc(2400, 0x90);
  const opcodes = [[0xe8], [0xff, 0x15], [0x48, 0x8b, 0x05], [0x4c, 0x8d, 0x0d], [0xf0, 0x83, 0x05], [0xe9], [0xe8]];
  for (let at = 3; at < out.length - 24; at += 9 + random.below(4)) {
    const opcode = opcodes[random.below(opcodes.length)]!;
    out.set(opcode, at);
    // The last third is data that looks like code: its targets do not repeat.
    const target = at < 1700 ? 256 * random.below(6) : random.below(60_000);
    out.writeInt32LE(target - at, at + opcode.length);
  }
  return out;
}

export const LZMS_SAMPLES: Readonly<Record<string, LzmsVector>> = {
  text: {
    make: text,
    packed: [
      'phkvb4gaEREImCAHGZ2GJInuaXyg9YVy0tzRSTRNw66N/UP83NHMygAAAGz32k6MkbjJcs3He23uJle3iwEYzxa+6xMGA+zklFP3ti6gQ6+t7z',
      'qxNKhUmize6L7akZrSiM3DA/VSsN4inTVCjAuF1NlmojtT9qEkXBmQT1HNshE9VwtHD8D81cVImOegnzwuG9podPQvCMP9zegbMVymLgViZVry',
      'DnLboTQQnZx2XArv1TxeThMtkQ5X1oiQlnwjWIi8qbmmGX2X+3D2IeNZnhm9e1s5pNd8ZFfQgCBD21iGHHqBx8hjO0DCecvz/ocC80D0bEoPBP',
      'eOh/7rpMOn5Abkl0IJA6wXV94TQy2RTr/Z2zjBO+Srf7YioYTd8CQXxnUDUqE3IyPEW38CKyxXKb1NWdqFazxIOq8qQVJ9ahgyEIe0YTAFRXLj',
      'OQjn9pHDDWAeMaDeulyRxPJ22XyYvW3/wQ8lJxwHvwudgCUXheaRj8Pne2DnvoMbGp1myjXDM+bj4dngoLUtg80vRcEScDy6b3F/8nRo4nTh8i',
      'aQrYR9umC1dCQ+HZ0wIZu2FmMCs7exWhl6bxRym4z9Nff4Z+I9ja4YXp0wJW0QMPjfh20BRu+gwdZv6DkWVrh/M3v7kNnge4tk9LH79j5j5FrA',
      '4RfpWASLvRbD7E2rHwaSV7amgHWCRkdi9C48pgEjcwvbLGTyMRDYeaxBZr7MLg2tCkCjwwbYMvraXBrZZpcrc3NLuwNxC2ODAzF7Ayk7q+ZtIH',
      'JleWFs',
    ].join(''),
  },
  letters: {
    make: letters,
    packed: [
      '0ACj3vrWipxQWid2Vckl8nTFeTmP+/p3QYkKrKE+oIB/xdXBpLrlVvBwtqm8D0YT1dx47q2TmpXkTdzDVXHJhdGAAgfKiCMuAoNUh0z09RnqpF',
      '+dAAAAGB+r4zhCPDRB1kt2KjvLNpcPMTNBM0A0VlUsuVsxYWaslTk0NUJBFgI2PtbHc50GNBZP+NRYzAcOzI01r02lVmUz1s3pwPjkWCqZsQm6',
      'ttKDY92rEyMTE2NVO2PlzIHp0ZHZubyxgzMjVIMjQ0NjM9RjIzMUY8EDZqfoxwdmBufSgAfIorvNzo4V1IZo5kjmhianqq5wfXCCiHKAjGh4Lq',
      'nIxNTw3MxY+Lfxsex+Y7TTUxMDk6MTNDOkw2MzU7NjjQM5PUBBOjQ5lsI2RjhB1RzMDBGMDA0QDY+OD9DOjoxVaODY4FhKe6zJZkamqvuBseDt',
      'qRB7dqzpW3OznICJ4cGxAG1sinhiqj+dGZ2doJmbmRpLVs3E0NTQBA3N2ABVgzsV1sMzJAP0YwHcUr7Qzk6lVmPBHUEWDTMVIU4FaA3+p8fCVR',
      'UiDVEMkU9MjVV3m58goxkea2cFZ22MHBwhHxqZmWrKqbEGbnnapwbnxkenUvvpyeGZ8fmpucJfY5W6Yx3MU91Zztr83Fgz14nBAeLhwdHBiYHR',
      'sXriVIMWz6gMiW6AgGp6KmoI5obGmhADJHOzY4UeMThEQjo9Vx12ampsrK/36OBYS6fZ2alkZGpkqkXL5tQE+RDp3MzgANFYgq78dGZ+LHF5Zm',
      'CErH7j+OBYcT9ANxbXd2qGeG5qbGiMZHJgYnpwdqx1iYB6eKpKx1qYp0cmBsZamqMzA1MdWiVhhHKsk3dgdHp8gn4qyQoY1sEhZKGciEeGRkfG',
      'cnnGSjcsljY2Mjk2Nj00MzBWp21mLDcKDens5OD0+PQEyVjv5io0kU+PzHVzjE7Rz4/Mzs+OEVHOUExOjDXsG5gbnaAboxuYGh6dmRqhnpmZHh',
      'gL4J4foRgYIBugnhqYIByjHxmfmJmamJiaoBmdm50eGR2aHpsYGqOZGhkgmZ2YGxkYIBgYoBoYIavmm58boequqhGyUIXJ6RmaiTHamRnisZGZ',
      'qaGByaGBAcLZsVjOmfnRAdqJsbGxYPWhsZqVybHcFZrRGRKSIYqpJCtbS9mYHiAZGBiaGJycmJ8gGJ2YmBsaHB6iHJqZnJ8fGxqcGB6ZmRibnK',
      'AcH5mZHR4cmpqbnJiamxidmxwdCy1GZkgGBscqiiMkwxNjozODcxMjI1SzswNDswMzUxSzgxOjo5MzUwMzI6PzwxNDM8MDwyMjAyMD44NDMwMU',
      'g+MDFCNjczMzw1OEM4QTdFNDYzPDU3OzU6MTo8MD0yMTJHNjEwQjs5OTQ2MDY0PjQ6MzdFPdFd0QwfwExegIxdBUaUMxMTg1OjAzMTA4Mzo0Mj',
      'g/Njc=',
    ].join(''),
  },
  records: {
    make: records,
    packed: [
      'PEnPa+mJWIvvm3lfKJxTgef0H9TZIeuhmka4YCvyBlGISb7C0oyZEVHVKuofEc1vmr2j+geBwittqgoPUMpWvL1Ldue/blUaNrB1UgIKqATuUW',
      'HIJuZTnwDY5vOA8l9T7PQ1eWx8S1Gz7uP8LX/+Mjjdw1yJv8fAAAAAAC8WrEjETBEipEwMJwnAKhCT4wDEQLAiEBPBCkLMFEnEWBFIjMbiOLLw',
      'L1+EFFPAilgMEwHEULAiqmi+9Axkg8wQthyRPHyLDN2AxHjsjSMVs8I0CDFZJBSDQjIAMVgkFJNECDFbJBXjRKAwKwJj48ixLleEFNNEIjGkcv',
      'GiAMRwkVhMFSHFPJFMjBKBxBgsjSMRM0QIMUEkEANEADFAJBATRAgxQyQRY0QgMQoz48jEPLCCrFC+VJE4jAkXAcAqRCQS00RIMVckFyNEIDEO',
      'G+NIMe4kW4QQk0TCkCRYBBCDQhHCMCRZhMi4LJE09IgHK6AMaousRCyQjRzrckRIMV0kCjNCwQpADBOJsS5FhAwr8sGKTIwGKyAxFuMmSMAqU4',
      'QIIxLBikAMBCsAMRDjHgjAKlGECBsywwaSiuOLFYHEaJEM6/JFSDFFJBbDMi5NADH0qoA2IhHN9ExNwA0yA9EOcrCOXIwUgcR4kdT6skQIMdn6',
      'CMUg6wMQg0XCcCBJTBdCzM44UkyIQzMuA9iAMqDNzYgMcCO3vlwRUkw3LQwgEtMMCQMArA/dcIzNGo4Ym+FSRUgMBnDLsz6ySuKLEoGwEi4GE+',
      'FIrC+jiqgwOIgLSIJLuIAQODQJLLUffO0cIMA6XqMBDKBXAEAQAA==',
    ].join(''),
  },
  code: {
    make: code,
    packed: [
      'qCk2GvBtDB9bIs3dPx3JpfossI8aQjsZtUz2B5+LYlWpeANGn8Ppl5JUFwrDvVri88grh9WR7jT5Oe6CG70ULIzSh0mwo4KG94/OCheeZhODNg',
      'AAoKVbCT6dCLWLsS0xkxzCY/8mqWfRXaMWuODK6X3pEFwTOSLRwZs7MWFdy6KFMI3V+XEwWpg/7OWgZgGZJXAGxftbGZ85oVCJOXH8/jikgEQ7',
      'fZWGcdkKK9cO1mCyCfNwtmYUcDvHvy96E2YwkQOCuNFp7nhno0d8NdO/nMZdAzOVcY9zSIPi+cP9aKdIT1FRxTb/KJTePV4bGzW3tdzhrqEyn8',
      '5ntLXZdnAMCXaAC4lP14TSsZy8Mrq3/BTXHhpFzKhc+ZIcVqiRGzSQXh28uEs8731OcUucK03PvsG4gIWpbvFLFzImldJmhrOXHw6iY/fOLY+W',
      'tnfe2DNpoXh48ngQopNl3IY3eudA1zfEdC2qyPRwn81z2j+w6d188jvVoo2HzL5suPBxyPLe6XISQL+SM9sW1bUViCP0Sk3gKzgMc7W75vIvLa',
      'X6bHAG9KSnLenkewzsjNOLFwfFjiGLPu5vrM6umX2l9I1fVOliRhzStKppfNxA2ZmC0VicnY9Nyybj+ufdFDqIvJ5dEfV/p4vlaERp0TuDcis9',
      'JBUACbmaIgELWkmCNLweH+NABMsIf+XoxmvilCljGGbkBN3/vz94ehjJT1xcSRgBt5GGxDuGg39V0RJGHlw+BVtI3+DCtnEDGwJ4sPXH5HMJC/',
      'hY5hW1kS4L2KxYxetOH1kKpdbFz/ZfN7YmAt+8ANDF7aArCJfSdGAoKv63JFwyBB6nDpcOBn8QPpxfDXRUPvmbMho60embD0tCK9+8FGz/YPIH',
      '4Tf63kSelO6Ygov/VoDBwLgZhN8QkNI5FB08AV7pnHztMqBL3w4GuPjVxkMAoOKfm/+J8c8gANAz+AK06Rl9AoCCRaQL06+MrhkEWBcMwl8A35',
      'nVP72hkQmLDwAwMI9+QVb//emQkJA=',
    ].join(''),
  },
};
