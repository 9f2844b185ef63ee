import { TRIED } from './servers.tried.ts';
import { tryFaults } from './trial.ts';

tryFaults(TRIED);
