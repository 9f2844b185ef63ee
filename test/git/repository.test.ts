import { memoryRepository } from '../../src/git/memory-repository.ts';
import { repositoryContract } from '../contracts/repository.contract.ts';
import { makeRepository, makeServer, openForTest } from '../support/git.ts';

repositoryContract('memory', () => Promise.resolve(memoryRepository()));
repositoryContract('git with a worktree', () => openForTest(makeRepository()));
repositoryContract('bare git', () => openForTest(makeServer()));
