import { type Command, UsageError } from './args.ts';
export const plan: Command = {
  usage: 'plan',
  about: '',
  async run() {
    throw new UsageError('x');
  },
};
