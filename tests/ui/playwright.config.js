/** A real JupyterLab and a real kernel, in Chromium: Playwright's own, or the one named. */
const { existsSync } = require('fs');
const base = require('@jupyterlab/galata/lib/playwright-config');

const port = process.env.GREENLAB_UI_PORT ?? '8911';
const url = `http://localhost:${port}`;
const system = '/usr/bin/chromium';
const executablePath =
  process.env.GREENLAB_CHROMIUM || (existsSync(system) ? system : undefined);

process.env.TARGET_URL = url;

module.exports = {
  ...base,
  testDir: '.',
  timeout: 180_000, // a bound on what hangs: other work may keep the machine busy
  retries: 0,
  workers: 1,
  reporter: [['list']],
  expect: { timeout: 30_000 },
  use: {
    ...base.use,
    baseURL: url,
    actionTimeout: 30_000,
    video: 'off',
    trace: 'off',
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath,
      ignoreDefaultArgs: ['--hide-scrollbars'], // they take room, as most users' do
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run'
      ]
    }
  },
  projects: [
    { name: 'panel', testMatch: '*.spec.ts' },
    { name: 'screenshots', testMatch: 'screenshots.ts' }
  ],
  webServer: {
    command: 'jlpm start',
    url: `${url}/lab`,
    timeout: 180_000,
    reuseExistingServer: false // another one may run another build
  }
};
