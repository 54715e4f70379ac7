import { describe, expect, test } from 'vitest';
import { FormatError, fail } from '../base/errors.ts';
import { packError, unpackError } from './errors.ts';
import { withLedger } from './ledger.ts';
import { moved, reach, serve } from './ports.ts';

const served = {
  add: (a: number, b: number) => a + b,
  bad: () => fail('InvalidOffset', 'a.vhdx', 4096, 'an offset in the file', 'one beyond it'),
  worse: () => {
    throw new TypeError('a fault of ours');
  },
  buffer: () => {
    const bytes = new Uint8Array([1, 2, 3]);
    return moved(bytes, [bytes.buffer]);
  },
};

describe('calls across a port', () => {
  test('answer, keep the class of errors and move buffers', async () => {
    const { port1, port2 } = new MessageChannel();
    serve(served, port1);
    const { api } = reach<typeof served>(port2);
    expect(await api.add(2, 3)).toBe(5);
    const error = await api.bad().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).where).toEqual({ source: 'a.vhdx', offset: 4096 });
    await expect(api.worse()).rejects.toThrow('a fault of ours');
    expect([...(await api.buffer())]).toEqual([1, 2, 3]);
    port1.close();
    port2.close();
  });

  test('other errors keep name and message', () => {
    const error = unpackError(packError(new RangeError('too far')));
    expect([error.name, error.message]).toEqual(['RangeError', 'too far']);
    expect(unpackError(packError('text')).message).toBe('text');
  });
});

describe('ledger', () => {
  test('a death rejects what is open and what comes later', async () => {
    const ledger = withLedger<{ wait: () => Promise<void> }>({ wait: () => new Promise(() => {}) });
    const waiting = ledger.api.wait();
    expect(ledger.open).toBe(1);
    ledger.fail(new Error('the worker ended'));
    await expect(waiting).rejects.toThrow('the worker ended');
    await expect(ledger.api.wait()).rejects.toThrow('the worker ended');
    expect(ledger.open).toBe(0);
  });

  test('a call that cannot be sent is answered and not kept as open', async () => {
    const refuses = () => {
      throw new TypeError('cannot be cloned');
    };
    const ledger = withLedger<{ send: () => Promise<void> }>({ send: refuses });
    await expect(ledger.api.send()).rejects.toThrow('cannot be cloned');
    expect(ledger.open).toBe(0);
  });

  test('awaiting the API itself does not call it', async () => {
    const { api } = withLedger<{ x: () => void }>({});
    expect(await api).toBe(api);
  });
});
