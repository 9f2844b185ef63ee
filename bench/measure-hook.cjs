// Preloaded into the hook by NODE_OPTIONS: writes how long its process lived and the most memory that it held.
const { writeFileSync } = require('node:fs');
const file = process.env.MREG_BENCH_HOOK;
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const times = { ms: process.uptime() * 1000, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
    writeFileSync(file, JSON.stringify({ ...times, mib: maxRSS / 1024 }));
  });
}
